/**
 * One order of a key for all of its sockets: whoever saw a place of the key's order first says
 * what stands there, and everybody else must have seen the same there. A place is the record's
 * offset in its epoch, or the application's own count; a plain client has only the latter.
 *
 * After a declared loss places may be taken anew, so a key with one is not looked at any more.
 */
interface Places {
  readonly idAt: Map<number, string>;
  readonly placeOf: Map<string, number>;
}

export class KeyOrders {
  readonly #orders = new Map<string, Places>();
  readonly #lossy = new Set<string>();

  /** The key's log was lost, or a part of it. */
  forget(key: string): void {
    this.#lossy.add(key);
  }

  /** @returns what is wrong with this place, or undefined */
  place(scale: 'offset' | 'count', key: string, place: number, id: string): string | undefined {
    if (this.#lossy.has(key)) return undefined;
    const places = this.#of(`${scale} ${key}`);
    const otherId = places.idAt.get(place) ?? id;
    if (otherId !== id) return `${scale} ${place} is ${otherId} for another socket`;
    const otherPlace = places.placeOf.get(id) ?? place;
    if (otherPlace !== place) return `${scale} ${place}, ${otherPlace} for another socket`;
    places.idAt.set(place, id);
    places.placeOf.set(id, place);
    return undefined;
  }

  #of(name: string): Places {
    const known = this.#orders.get(name);
    if (known !== undefined) return known;
    const made = { idAt: new Map<number, string>(), placeOf: new Map<string, number>() };
    this.#orders.set(name, made);
    return made;
  }
}
