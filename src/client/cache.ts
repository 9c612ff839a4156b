// Entities by key, and by whatever else they are looked for. Pure state: knows no API.

/** What an entity is found under in an index: any number of words, or none. */
export type IndexBy<Entity> = (
  entity: Entity,
) => string | null | undefined | readonly (string | null | undefined)[];

class Index<Entity> {
  readonly #by: IndexBy<Entity>;
  readonly #words = new Map<string, Map<string, Entity>>();

  constructor(by: IndexBy<Entity>) {
    this.#by = by;
  }

  #wordsOf(entity: Entity): Set<string> {
    const words = [this.#by(entity)].flat();
    return new Set(words.filter((word) => word !== null && word !== undefined));
  }

  /** Of an entity that comes, is another one, or goes. Under a word that it keeps it keeps its place. */
  move(key: string, before: Entity | undefined, after: Entity | undefined): void {
    const words: ReadonlySet<string> = after === undefined ? new Set() : this.#wordsOf(after);
    const left = before === undefined ? new Set<string>() : this.#wordsOf(before);
    for (const word of left) {
      if (words.has(word)) continue;
      const found = this.#words.get(word);
      found?.delete(key);
      if (found?.size === 0) this.#words.delete(word);
    }
    if (after === undefined) return;
    for (const word of words) {
      const found = this.#words.get(word);
      if (found) found.set(key, after);
      else this.#words.set(word, new Map([[key, after]]));
    }
  }

  find(word: string): readonly Entity[] {
    return [...(this.#words.get(word)?.values() ?? [])];
  }
}

/** What became of an entity: `before` is missing of a new one, `entity` of one that is gone. */
export interface Difference<Entity> {
  readonly key: string;
  readonly entity?: Entity;
  readonly before?: Entity;
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

export class IndexedCache<Entity, Name extends string> {
  readonly #entities = new Map<string, Entity>();
  readonly #indexes: ReadonlyMap<string, Index<Entity>>;

  constructor(indexes: Readonly<Record<Name, IndexBy<Entity>>>) {
    const all: [string, IndexBy<Entity>][] = Object.entries(indexes);
    this.#indexes = new Map(all.map(([name, by]) => [name, new Index(by)]));
  }

  get size(): number {
    return this.#entities.size;
  }

  get(key: string): Entity | undefined {
    return this.#entities.get(key);
  }

  list(): readonly Entity[] {
    return [...this.#entities.values()];
  }

  /** Throws a TypeError for a name that there is no index of. */
  byIndex(name: Name, word: string): readonly Entity[] {
    const index = this.#indexes.get(name);
    if (index) return index.find(word);
    throw new TypeError(
      `there is no index "${name}": there are ${[...this.#indexes.keys()].join(", ")}`,
    );
  }

  /** What was there before, if anything was: it keeps its place. */
  set(key: string, entity: Entity): Entity | undefined {
    const before = this.#entities.get(key);
    this.#entities.set(key, entity);
    for (const index of this.#indexes.values()) index.move(key, before, entity);
    return before;
  }

  delete(key: string): Entity | undefined {
    const before = this.#entities.get(key);
    if (before === undefined) return undefined;
    this.#entities.delete(key);
    for (const index of this.#indexes.values()) index.move(key, before, undefined);
    return before;
  }

  /** Holds exactly these from now on. What was different before: gone ones first, then the others in their order. */
  replace(entities: ReadonlyMap<string, Entity>): Difference<Entity>[] {
    const differences: Difference<Entity>[] = [];
    for (const [key, before] of this.#entities)
      if (!entities.has(key)) {
        this.delete(key);
        differences.push({ key, before });
      }
    for (const [key, entity] of entities) {
      const before = this.#entities.get(key);
      if (before !== undefined && isSame(before, entity)) continue;
      this.set(key, entity);
      differences.push(before === undefined ? { key, entity } : { key, entity, before });
    }
    return differences;
  }
}
