package dev.counterfoil.audit.store;

import dev.counterfoil.audit.names.EventRow;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which Parquet files make the store up to which position, and what was recorded by then. Replaced
 * as a whole: a file that it does not name is none.
 *
 * @param size positions below are in the files
 * @param files in the order of their positions
 * @param sequences what numbers were recorded below that position
 */
public record StoreManifest(long size, List<Part> files, JsonObject sequences) {
  public static final String FILE = "manifest.json";
  private static final int BYTES_MAX = 256 << 20;

  /** How rows are: see {@link EventRow}. */
  private static final long FORM = 3;

  private static final StoreManifest EMPTY =
      new StoreManifest(0, List.of(), JsonObject.builder().put("streams", List.of()).build());

  /**
   * A file.
   *
   * @param from its first position
   * @param to the one after its last
   * @param version how often it was written again: a file never changes under its name
   */
  public record Part(long from, long to, long version) {
    public Part(long from, long to) {
      this(from, to, 0);
    }

    public String name() {
      return version == 0
          ? "events-%019d-%019d.parquet".formatted(from, to)
          : "events-%019d-%019d-%d.parquet".formatted(from, to, version);
    }

    Part again() {
      return new Part(from, to, version + 1);
    }

    long events() {
      return to - from;
    }
  }

  public StoreManifest {
    files = List.copyOf(files);
  }

  public static StoreManifest read(Disk disk) throws IOException {
    byte[] bytes;
    try {
      bytes = disk.read(FILE, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return EMPTY;
    }
    try {
      JsonObject json = StrictJson.object(bytes, BYTES_MAX);
      if (json.optionalNumber("form").orElse(1L) != FORM) {
        // Files of another build: they are made again from the journal.
        return EMPTY;
      }
      List<Part> files = new ArrayList<>();
      long at = 0;
      for (JsonObject one : json.objects("files")) {
        Part part =
            new Part(
                one.number("from"), one.number("to"), one.optionalNumber("version").orElse(0L));
        if (part.from() != at || part.to() <= at) {
          throw new FormatException("the files do not follow each other");
        }
        at = part.to();
        files.add(part);
      }
      return new StoreManifest(at, files, json.object("sequences"));
    } catch (FormatException e) {
      throw new IOException(
          "%s in %s cannot be used (%s): remove the folder, and it is made again from the journal"
              .formatted(FILE, disk, e.getMessage()),
          e);
    }
  }

  public void write(Disk disk) throws IOException {
    List<JsonObject> list = new ArrayList<>();
    for (Part part : files) {
      JsonObject.Builder json = JsonObject.builder().put("from", part.from()).put("to", part.to());
      if (part.version() > 0) {
        json.put("version", part.version());
      }
      list.add(json.build());
    }
    disk.replace(
        FILE,
        JsonObject.builder()
            .put("form", FORM)
            .put("files", list)
            .put("sequences", sequences)
            .build()
            .canonicalBytes());
  }
}
