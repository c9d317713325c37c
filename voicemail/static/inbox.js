// The list of messages.

import { keepList } from "../list.js";

keepList({ kind: "voicemail", boxOf: ({ mailbox }) => mailbox });
