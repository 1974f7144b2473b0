/** Broken twins: the code with one guard taken out, under which the simulation must find a violation. */
export interface Twin {
  readonly name: string;
  readonly guard: string;
  readonly edits: readonly { readonly file: string; readonly guard: string; readonly broken: string }[];
}

export const twins: readonly Twin[] = [];
