/** Strings and numbers that the compiler tells apart from all others: only the place that judges a value makes one. */
declare const brand: unique symbol

export type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** Milliseconds since the epoch, as people's clocks have it. May jump. */
export type WallMs = Branded<number, 'WallMs'>
/** Milliseconds of this process's own clock. Never jumps back, and means nothing elsewhere. */
export type MonotonicMs = Branded<number, 'MonotonicMs'>

/** Identifies the owner of tunnels at one relay, which creates it; others receive it with a credential. */
export type OwnerId = Branded<string, 'OwnerId'>
/** SHA-256 of an API key in base64url: identifies the key without its text. */
export type KeyDigest = Branded<string, 'KeyDigest'>
