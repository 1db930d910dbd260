package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * Asks where a digest stands in a record log (spec/record-door.md). The answer is a hint: whoever
 * asks looks whether it stands there. A digest that was handed in a moment ago is not under a
 * checkpoint yet, so one that is not found is looked for again, for as long as the verifier waits
 * for a log's tip.
 */
record DigestLookUp(ReadSide network, VerifierLimits limits) {
  private static final int ANSWER_BYTES_MAX = 1024;
  private static final long POLL_MILLIS = 100;

  /** What was answered. */
  sealed interface Answer permits At, Absent, Unreadable {}

  /** It stands at a position. */
  record At(long position) implements Answer {}

  /** It is not there. */
  record Absent() implements Answer {}

  /** Nobody could be asked. */
  record Unreadable(String reason) implements Answer {}

  Answer find(KeySet.StatedLog log, Hash digest) {
    URI uri = URI.create(log.url() + "/digest/" + digest.hex());
    long deadline = System.nanoTime() + limits.tipWait().toNanos();
    while (true) {
      try {
        JsonObject json = StrictJson.object(network.get(uri, ANSWER_BYTES_MAX), ANSWER_BYTES_MAX);
        json.allowOnly("log", "position");
        if (!json.string("log").equals(log.name())) {
          throw new FormatException("the answer is of another log");
        }
        return new At(KeySet.position(json, "position"));
      } catch (FileNotFoundException e) {
        if (System.nanoTime() - deadline >= 0 || !pause()) {
          return new Absent();
        }
      } catch (IOException | FormatException e) {
        return new Unreadable(String.valueOf(e.getMessage()));
      }
    }
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
