// The errors of the ECS API: name, message and HTTP status, as the wire carries them.

/** An error answer of an AWS API; `members` join `__type` and `message` in the body. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly type: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    type: string,
    message: string,
    members: Readonly<Record<string, unknown>> = {},
    status = 400,
  ) {
    super(message);
    this.type = type;
    this.status = status;
    this.members = members;
  }
}

export function invalidParameter(message: string): Refusal {
  return new Refusal("InvalidParameterException", message);
}

export function clientError(message: string): Refusal {
  return new Refusal("ClientException", message);
}
