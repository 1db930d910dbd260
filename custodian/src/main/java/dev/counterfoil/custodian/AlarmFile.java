package dev.counterfoil.custodian;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.LineFile;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The alarms of a custodian that runs alone: one JSON object a line, and the process's log. */
final class AlarmFile implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AlarmFile.class.getName());

  private final LineFile file;

  AlarmFile(Path path) throws IOException {
    file = new LineFile(path);
  }

  /** Writes one down durably. */
  void raise(Alarm alarm) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("kind", alarm.kind().text())
            .put("domain", alarm.domain())
            .put("subject", alarm.subject())
            .put("log", alarm.log());
    alarm.position().ifPresent(position -> json.put("position", position));
    JsonObject line =
        json.put("seen_at_ms", alarm.seenAt().toEpochMilli())
            .put("summary", alarm.summary())
            .put("detail", alarm.detail())
            .build();
    LOG.log(System.Logger.Level.ERROR, "{0}: {1}", alarm.kind().text(), alarm.summary());
    try {
      file.add(line);
    } catch (IOException e) {
      throw new UncheckedIOException("the alarm cannot be kept", e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
