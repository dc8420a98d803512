/** Branded strings and numbers: only the code that validates a value creates one. */
declare const brand: unique symbol

export type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** Wall clock time in milliseconds since the epoch. May jump. */
export type WallMs = Branded<number, 'WallMs'>
/** Monotonic time of this process in milliseconds. Never goes back, and is meaningless to other processes. */
export type MonotonicMs = Branded<number, 'MonotonicMs'>

/** Identifies the owner of tunnels at one relay, which creates it; others receive it with a credential. */
export type OwnerId = Branded<string, 'OwnerId'>
/** SHA-256 of an API key in base64url: identifies the key without its text. */
export type KeyDigest = Branded<string, 'KeyDigest'>
