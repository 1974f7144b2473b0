/** SQL that makes an id of now. Such ids are ordered by time, as the code's own are. */
export const NEW_ID =
  "overlay(gen_random_uuid()::text placing left(agonus_uuid_at(agonus_now())::text, 14) || '7' from 1 for 15)::uuid";
