/** Another upload of the same symbol has taken the place of this one. */
export class UploadLost extends Error {
  override readonly name = "UploadLost";
}
