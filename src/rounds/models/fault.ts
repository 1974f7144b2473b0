/** Why a model's step brought no answer. */
export type FaultKind =
  /** The provider can't be reached, refuses, or was not done in time. */
  | "unavailable"
  /** The entry's budget does not have the step. */
  | "budget"
  /** The provider answered with what is no answer: the model may be asked once more. */
  | "bad"
  /** A dollar budget needs a price, and the model has none. */
  | "unpriced"
  /** The address or the key may not be used. */
  | "endpoint";

export class ModelFault extends Error {
  override readonly name = "ModelFault";
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
