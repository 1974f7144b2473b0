/** SQL: an id of now, in order of time, as the code's own ids are. */
export const NEW_ID =
  "overlay(gen_random_uuid()::text placing left(agonus_uuid_at(agonus_now())::text, 14) || '7' from 1 for 15)::uuid";
