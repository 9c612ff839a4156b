// The errors of the SQS API: the modelled name for `__type` and the older code for the x-amzn-query-error header.

export class SqsRefusal extends Error {
  override readonly name = "SqsRefusal";
  readonly type: string;
  readonly queryCode: string;

  constructor(type: string, queryCode: string, message: string) {
    super(message);
    this.type = type;
    this.queryCode = queryCode;
  }
}

const legacy = (type: string, message: string, queryCode = type) =>
  new SqsRefusal(`com.amazonaws.sqs#${type}`, queryCode, message);

export const noSuchQueue = () =>
  legacy(
    "QueueDoesNotExist",
    "The specified queue does not exist.",
    "AWS.SimpleQueueService.NonExistentQueue",
  );
export const invalidHandle = () =>
  legacy("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
export const notInFlight = () =>
  legacy(
    "MessageNotInflight",
    "The message is not in flight.",
    "AWS.SimpleQueueService.MessageNotInflight",
  );
export const overLimit = () => legacy("OverLimit", "Too many messages are in flight.", "OverLimit");
export const queueExists = () =>
  legacy(
    "QueueNameExists",
    "A queue already exists with the same name and a different value for an attribute.",
    "QueueAlreadyExists",
  );
export const invalidContents = () =>
  legacy("InvalidMessageContents", "The message has characters that are not allowed.");
export const invalidAttributeName = (name: string) =>
  legacy("InvalidAttributeName", `Unknown Attribute ${name}.`);
export const batchError = (kind: string, message: string) =>
  legacy(kind, message, `AWS.SimpleQueueService.${kind}`);
export const invalidValue = (message: string) =>
  new SqsRefusal(
    "com.amazon.coral.service#InvalidParameterValueException",
    "InvalidParameterValue",
    message,
  );
export const missing = (name: string) =>
  new SqsRefusal(
    "com.amazonaws.sqs#MissingRequiredParameterException",
    "MissingParameter",
    `The request must contain the parameter ${name}.`,
  );
export const unknownOperation = (name: string) =>
  new SqsRefusal(
    "com.amazon.coral.service#UnknownOperationException",
    "InvalidAction",
    `The simulator does not know the SQS operation ${name}.`,
  );
