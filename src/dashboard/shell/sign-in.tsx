// Asks for a token when the API wants one.
import { useEffect, useRef } from "preact/hooks";

/** The sign-in form; `refused` when a token was given and did not do. */
export function SignIn({
  refused,
  onToken,
}: {
  readonly refused: boolean;
  readonly onToken: (token: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  // The next one is typed where the refused one was.
  useEffect(() => field.current?.focus(), [refused]);
  return (
    <main class="sign-in">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          const token = field.current?.value.trim() ?? "";
          if (token !== "") onToken(token);
        }}
      >
        <h1>Longshore</h1>
        <p>
          This server wants a token: one of those it was started with, or a JWT that it accepts.
        </p>
        <label>
          Token
          <input ref={field} type="password" autocomplete="current-password" required />
        </label>
        {refused && (
          <p class="notice" role="alert">
            The server refused this token.
          </p>
        )}
        <button type="submit" class="primary">
          Sign in
        </button>
        <p class="quiet">It is kept in this browser tab only, until the tab is closed.</p>
      </form>
    </main>
  );
}
