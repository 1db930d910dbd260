package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;

/**
 * Asks where a digest stands in a record log (spec/record-door.md). The answer is a hint: whoever
 * asks looks whether it stands there.
 */
record DigestLookUp(ReadSide network) {
  private static final int ANSWER_BYTES_MAX = 1024;

  /** What was answered. */
  sealed interface Answer permits At, Absent, Unreadable {}

  /** It stands at a position. */
  record At(long position) implements Answer {}

  /** It is not there, or not yet. */
  record Absent() implements Answer {}

  /** Nobody could be asked. */
  record Unreadable(String reason) implements Answer {}

  Answer find(KeySet.StatedLog log, Hash digest) {
    URI uri = URI.create(log.url() + "/digest/" + digest.hex());
    try {
      JsonObject json = StrictJson.object(network.get(uri, ANSWER_BYTES_MAX), ANSWER_BYTES_MAX);
      json.allowOnly("log", "position");
      if (!json.string("log").equals(log.name())) {
        throw new FormatException("the answer is of another log");
      }
      return new At(KeySet.position(json, "position"));
    } catch (FileNotFoundException e) {
      return new Absent();
    } catch (IOException | FormatException e) {
      return new Unreadable(String.valueOf(e.getMessage()));
    }
  }
}
