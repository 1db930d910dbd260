package dev.counterfoil.cli.ship;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.shipping.FileShipping;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Brings batches in at the monitor's admin socket, as the operator. */
public final class ImportTarget implements FileShipping.Target {
  private final InstallationOptions installation;
  private final JsonObject importing;

  /**
   * For one tenant.
   *
   * @param source where the events are from
   */
  public ImportTarget(InstallationOptions installation, String tenant, String source) {
    this.installation = installation;
    this.importing =
        JsonObject.builder()
            .put("domain", installation.domainName())
            .put("tenant", tenant)
            .put("source", source)
            .build();
  }

  @Override
  public JsonObject send(FileShipping.Batch batch) throws IOException {
    Hash digest = batch.digest();
    JsonObject question =
        importing
            .with("file", batch.file())
            .with("digest", digest.hex())
            .with("first_line", batch.firstLine())
            .with("last_line", batch.lastLine());
    JsonObject answer = ask(question, batch.ndjson());
    if (answer.has("again")) {
      throw new IOException(String.valueOf(answer.get("again")));
    }
    return answer;
  }

  private JsonObject ask(JsonObject question, byte[] ndjson) {
    List<JsonObject> answer = new ArrayList<>();
    try {
      installation.monitorAdmin().auditImport(question, ndjson, answer::add);
    } catch (MonitorAdmin.RefusedException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          installation.monitorFailed(e).getMessage()
              + ". Run it again later: nothing is recorded twice");
    }
    if (answer.size() != 1) {
      throw CommandFailure.unavailable(
          "the monitor answers with " + answer.size() + " lines, and not one");
    }
    return answer.getFirst();
  }
}
