/** How the people of a story act on the reference system under its own names; `pause` is called before each act. */
export const paceOf = (pause: (stage: string) => Promise<void>) => ({ pause, called: (name: string): string => name })
