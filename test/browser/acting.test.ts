/**
 * What operators do. These suites pause queues, cancel and delete tasks and make lists of thousands, and each would find another's
 * doings. So they run in one file, one after the other, beside the files that only look.
 */
import "./acting/control-room.ts";
import "./acting/candles.ts";
import "./acting/actions.ts";
import "./acting/task.ts";
import "./acting/path.ts";
import "./acting/shift.ts";
import "./acting/operator.ts";
import "./acting/outsiders.ts";
import "./acting/model.ts";
import "./acting/markup.ts";
import "./acting/keyboard.ts";
import "./acting/focus.ts";
import "./acting/ten-thousand.ts";
