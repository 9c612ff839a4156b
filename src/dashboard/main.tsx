// Entry of the dashboard: puts the frame into the page.
import { render } from "preact";
import { App } from "./shell/app.tsx";

const place = document.querySelector("#dashboard");
if (!place) throw new Error("index.html has lost its #dashboard element");
render(<App />, place);
