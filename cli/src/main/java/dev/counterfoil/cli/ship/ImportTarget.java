package dev.counterfoil.cli.ship;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Brings batches in at the monitor's admin socket, as the operator. */
public final class ImportTarget implements FileShipping.Target {
  private static final long AGAIN_MS = 500;

  /** How often in a row a batch is not taken before it ends: a minute. */
  private static final int AGAIN_MAX = 120;

  private final MonitorAdmin monitor;
  private final JsonObject importing;

  /**
   * For one tenant.
   *
   * @param source where the events are from
   */
  public ImportTarget(MonitorAdmin monitor, String domain, String tenant, String source) {
    this.monitor = monitor;
    this.importing =
        JsonObject.builder()
            .put("domain", domain)
            .put("tenant", tenant)
            .put("source", source)
            .build();
  }

  @Override
  public JsonObject send(FileShipping.Batch batch) throws InterruptedException {
    Hash digest = batch.digest();
    JsonObject question =
        importing
            .with("file", batch.file())
            .with("digest", digest.hex())
            .with("first_line", batch.firstLine())
            .with("last_line", batch.lastLine());
    for (int again = 0; ; again++) {
      JsonObject answer = ask(question, batch.ndjson());
      if (!answer.has("again")) {
        return answer;
      }
      if (again == AGAIN_MAX) {
        throw CommandFailure.unavailable(
            "the audit log accepts nothing now: "
                + Shown.plain(String.valueOf(answer.get("again")))
                + ". Run it again later: nothing is recorded twice");
      }
      Thread.sleep(AGAIN_MS);
    }
  }

  private JsonObject ask(JsonObject question, byte[] ndjson) {
    List<JsonObject> answer = new ArrayList<>();
    try {
      monitor.auditImport(question, ndjson, answer::add);
    } catch (MonitorAdmin.RefusedException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "the monitor: "
              + CommandFailure.reason(e)
              + ". Run it again later: nothing is recorded twice");
    }
    if (answer.size() != 1) {
      throw CommandFailure.unavailable(
          "the monitor answers with " + answer.size() + " lines, and not one");
    }
    return answer.getFirst();
  }
}
