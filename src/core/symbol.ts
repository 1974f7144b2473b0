import { z } from "zod";
import { limits } from "./limits.ts";

/** What is traded and what it is priced in: "BTC-USDT". */
export const symbolField = z
  .string()
  .max(limits.symbolCharsMax)
  // Venues list names in any script, and of digits alone.
  .regex(/^[\p{Lu}\p{Lo}\p{M}\p{N}]{1,20}-[\p{Lu}\p{Lo}\p{M}\p{N}]{1,20}$/u, 'must be a symbol such as "BTC-USDT"');
