/**
 * A flavoured primitive: a plain number may become a `Slot`, but a `Slot` may not be used
 * where a `Term` is wanted.
 */
export type Flavor<T, Name extends string> = T & { readonly __flavor?: Name };
