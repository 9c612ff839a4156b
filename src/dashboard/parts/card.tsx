// Layout of every page: its head with the one h1, and cards. They hold; they decide nothing.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { takeFocus } from "../shell/focus.ts";

/** The head of a page. Its h1 takes the focus when the page is gone to. */
export function PageHead({
  title,
  detail,
  crumbs = [],
  children,
}: {
  readonly title: string;
  readonly detail?: ComponentChildren;
  /** The way here: text and link of each step. */
  readonly crumbs?: readonly (readonly [string, string])[];
  /** Controls at the far end. */
  readonly children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => takeFocus(heading.current), []);
  return (
    <div class="page-head">
      {crumbs.length > 0 && (
        <nav class="crumbs" aria-label="The way here">
          {crumbs.map(([text, href]) => (
            <a key={href} href={href}>
              {text}
            </a>
          ))}
        </nav>
      )}
      <h1 id="page-title" ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {detail !== undefined && <div class="page-detail">{detail}</div>}
      {children !== undefined && <div class="page-controls">{children}</div>}
    </div>
  );
}

/** A titled part of a page. */
export function Card({
  title,
  detail,
  children,
  controls,
  wide = false,
}: {
  readonly title: string;
  readonly detail?: ComponentChildren;
  readonly controls?: ComponentChildren;
  /** Takes the whole width where cards stand beside each other. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="card" data-wide={wide} aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {detail !== undefined && <div class="quiet">{detail}</div>}
        {controls !== undefined && <div class="card-controls">{controls}</div>}
      </div>
      {children}
    </section>
  );
}

/** A name and what it is, for {@link Facts}; left out when there is nothing to say. */
export type Fact = readonly [string, ComponentChildren];

/** A list of names and values. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value === null || value === undefined || value === "" ? "–" : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A line in the place of something that is not there. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** What went wrong, for the person who looks. */
export function Notice({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="notice" role="alert">
      {children}
    </p>
  );
}

/** Room for a table that may be wider than the page: it scrolls by itself, by keys as well. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}

/** A share of something as a bar with its numbers as text. */
export function Meter({
  label,
  value,
  max,
  text,
  tone,
}: {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly text: string;
  readonly tone?: string | undefined;
}) {
  return (
    <span class="meter" data-tone={tone}>
      <progress max={Math.max(1, max)} value={value} aria-label={label} />
      <span>{text}</span>
    </span>
  );
}
