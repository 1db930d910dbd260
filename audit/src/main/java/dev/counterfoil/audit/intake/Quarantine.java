package dev.counterfoil.audit.intake;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Events that were not taken, for the owner of their source to look at: two files a source, of
 * which the older goes when the newer is full. A file's name is a hash: no source writes into a
 * path.
 */
public final class Quarantine {
  /** Most bytes of one file. */
  static final int FILE_BYTES_MAX = 1 << 20;

  /** Most bytes of a line that are kept. */
  static final int LINE_BYTES_MAX = 64 << 10;

  private static final int ENTRY_BYTES_MAX = 2 * LINE_BYTES_MAX;

  private final Path folder;

  public Quarantine(Path folder) throws IOException {
    this.folder =
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private Path file(String source, String kind) {
    return folder.resolve(
        Hash.sha256(source.getBytes(StandardCharsets.UTF_8)).hex() + kind + ".ndjson");
  }

  synchronized void add(String source, long atMillis, IntakeAnswer.RefusedLine refused, byte[] line)
      throws IOException {
    byte[] kept = line.length > LINE_BYTES_MAX ? Arrays.copyOf(line, LINE_BYTES_MAX) : line;
    JsonObject entry =
        JsonObject.builder()
            .put("at", atMillis)
            .put("source", source)
            .put("line", refused.line())
            .put("code", refused.code())
            .put("detail", refused.detail())
            .put("event_base64url", Base64Url.encode(kept))
            .put("cut", kept.length < line.length)
            .build();
    byte[] bytes = (entry + "\n").getBytes(StandardCharsets.UTF_8);
    Path file = file(source, "");
    if (Files.exists(file) && Files.size(file) + bytes.length > FILE_BYTES_MAX) {
      Files.move(file, file(source, "-old"), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** What is kept of a source, the oldest first. */
  public synchronized List<JsonObject> of(String source) throws IOException {
    List<JsonObject> entries = new ArrayList<>();
    for (String kind : List.of("-old", "")) {
      try {
        for (String line : Files.readAllLines(file(source, kind))) {
          entries.add(StrictJson.object(line.getBytes(StandardCharsets.UTF_8), ENTRY_BYTES_MAX));
        }
      } catch (NoSuchFileException e) {
        // Nothing of the source was refused, or little.
      } catch (FormatException e) {
        throw new IOException("the quarantine of a source was changed", e);
      }
    }
    return entries;
  }
}
