package dev.counterfoil.custodian.following;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a key set stated of a log, in the log's folder: so that a custodian that starts while the
 * issuer is lost serves what it holds.
 */
public final class KnownLog {
  private static final System.Logger LOG = System.getLogger(KnownLog.class.getName());
  private static final String FILE = "log.json";
  private static final int BYTES_MAX = 16 * 1024;

  private KnownLog() {}

  /** Writes it down, where it does not stand there yet. */
  public static void remember(Path folder, StatedLog log) throws IOException {
    if (!Files.exists(folder.resolve(FILE))) {
      JsonObject json =
          JsonObject.builder()
              .put("name", log.name())
              .put("vkey", log.key().toString())
              .put("url", log.url().toString())
              .build();
      FileDisk.privateFolder(folder)
          .replace(FILE, json.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The logs of a domain that were followed before. */
  public static List<StatedLog> all(Path domain) throws IOException {
    List<Path> folders;
    try (Stream<Path> found = Files.list(domain)) {
      folders = found.filter(Files::isDirectory).sorted().toList();
    }
    List<StatedLog> logs = new ArrayList<>();
    for (Path folder : folders) {
      try {
        JsonObject json =
            StrictJson.object(FileDisk.toRead(folder).read(FILE, BYTES_MAX), BYTES_MAX);
        logs.add(
            new StatedLog(
                json.string("name"),
                NoteKey.parse(json.string("vkey")),
                URI.create(json.string("url"))));
      } catch (NoSuchFileException e) {
        // Made a moment before the process died: the key set states it again.
        LOG.log(System.Logger.Level.DEBUG, "{0} names no log yet", folder);
      } catch (FormatException | IllegalArgumentException e) {
        throw new IOException(folder.resolve(FILE) + " is damaged: " + e.getMessage(), e);
      }
    }
    return logs;
  }
}
