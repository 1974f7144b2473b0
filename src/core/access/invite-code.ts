/** The text of an invite's code: `agonus_invite_<22 characters of base64url>`, which hold 132 random bits. */
const RANDOM_CHARS = 22;

/** `token`: random characters of base64url, at least 22. */
export function inviteCode(token: string): string {
  return `agonus_invite_${token.slice(0, RANDOM_CHARS)}`;
}
