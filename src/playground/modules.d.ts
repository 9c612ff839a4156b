// The little of React that the playground's entry touches; its full types would be a dependency for two calls.
declare module "*.css";

declare module "react" {
  /** An element to render; opaque to us. */
  export interface ReactElement {
    readonly type: unknown;
  }
  export function createElement(
    type: unknown,
    properties: Readonly<Record<string, unknown>> | null,
    ...children: readonly (ReactElement | string)[]
  ): ReactElement;
}

declare module "react-dom/client" {
  import type { ReactElement } from "react";
  export function createRoot(place: Element): { render(element: ReactElement): void };
}
