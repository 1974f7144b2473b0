/**
 * The dialog that asks before a recovery by hand says this. It has a file of its own, so that the home page does not load it.
 */
export const RECOVER_EFFECT =
  "The agent's object drops its state and reads account, trades and memory from the database again. A decision that it owes " +
  "is sent again. Nothing stored is lost. It counts as a recovery.";
