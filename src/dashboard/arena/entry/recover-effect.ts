/** What a recovery by hand does, for the question before it. A file of its own, because few pages load it. */
export const RECOVER_EFFECT =
  "The agent's object drops its state and reads account, trades and memory from the database again. A decision that it owes " +
  "is sent again. Nothing stored is lost. It counts as a recovery.";
