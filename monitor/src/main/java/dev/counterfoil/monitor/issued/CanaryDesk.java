package dev.counterfoil.monitor.issued;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.judging.Canaries;
import java.io.IOException;
import java.time.InstantSource;

/** Where the operator tells of decoys, and asks for them. */
public record CanaryDesk(Canaries canaries, InstantSource clock) {
  /** Watches a decoy; the answer comes when it is durable. */
  public void watch(JsonObject question) throws FormatException {
    question.allowOnly("ask", "domain", "kid", "note");
    String kid = question.string("kid");
    Hash.parseBase64Url(kid);
    boolean watched =
        canaries.watch(
            new Canaries.Canary(
                kid, question.string("domain"), question.string("note"), clock.instant()));
    if (!watched) {
      throw new FormatException(
          "at most "
              + Canaries.COUNT_MAX
              + " decoys are watched, with notes of at most "
              + Canaries.NOTE_MAX
              + " characters");
    }
  }

  public void list(String domain, KeyReport.Lines lines) throws IOException {
    for (JsonObject canary : canaries.toJson(domain)) {
      lines.line(canary);
    }
  }
}
