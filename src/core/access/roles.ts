/** The roles of keys: docs/doors.md says what each may do. */
export const roles = ["viewer", "agent", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Roles that read everything that operators read. */
const READERS: readonly Role[] = ["viewer", "operator", "admin"];
const MADE_BY_OPERATORS: readonly Role[] = ["viewer", "agent"];

export function isReader(role: Role): boolean {
  return READERS.includes(role);
}

/** Whether a key of the role `maker` may make, rotate and delete keys of the role `made`. */
export function mayMakeKey(maker: Role, made: Role): boolean {
  return maker === "admin" || (maker === "operator" && MADE_BY_OPERATORS.includes(made));
}
