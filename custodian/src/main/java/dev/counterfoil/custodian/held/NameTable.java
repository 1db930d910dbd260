package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Numbers for names that stand in many index entries (tenants and keys): a file of one JSON line
 * for each, whose number is the line's. A name is durable before its number is used.
 */
public final class NameTable implements AutoCloseable {
  private static final int NAMES_MAX = 10_000_000;
  private static final int LINE_BYTES_MAX = 16 * 1024;

  private final int max;
  private final FileChannel file;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> names = new ArrayList<>();

  /** Opens a table's file, new where there is none. */
  public NameTable(Path path) throws IOException {
    this(path, NAMES_MAX);
  }

  /**
   * The same with a bound of its own.
   *
   * @param max most names
   */
  public NameTable(Path path, int max) throws IOException {
    this.max = max;
    file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    byte[] bytes = Files.readAllBytes(path);
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        remember(parse(Arrays.copyOfRange(bytes, start, i), path));
        start = i + 1;
      }
    }
    // What follows the last line end was being written when the process died: nobody used it.
    file.truncate(start);
    file.position(start);
  }

  /** The number of a name in the table of a custodian that may be running; -1 where it has none. */
  static int numberIn(Path path, String name) throws IOException {
    int number = 0;
    for (String line : Files.readString(path).lines().toList()) {
      if (parse(line.getBytes(StandardCharsets.UTF_8), path).equals(name)) {
        return number;
      }
      number++;
    }
    return -1;
  }

  private static String parse(byte[] line, Path path) throws IOException {
    try {
      return StrictJson.object(line, LINE_BYTES_MAX).string("name");
    } catch (FormatException e) {
      throw new IOException("name table " + path + " is damaged", e);
    }
  }

  private void remember(String name) {
    numbers.put(name, names.size());
    names.add(name);
  }

  /** The number of a name, given to it now if it has none. */
  synchronized int number(String name) throws IOException {
    Integer known = numbers.get(name);
    if (known != null) {
      return known;
    }
    if (names.size() >= max) {
      throw new IOException("more than " + max + " tenants and keys");
    }
    ByteBuffer line =
        ByteBuffer.wrap(
            (JsonObject.builder().put("name", name).build() + "\n")
                .getBytes(StandardCharsets.UTF_8));
    while (line.hasRemaining()) {
      file.write(line);
    }
    file.force(false);
    remember(name);
    return names.size() - 1;
  }

  /** Whether a name has a number or can be given one. */
  synchronized boolean hasRoomFor(String name) {
    return names.size() < max || numbers.containsKey(name);
  }

  /** The number of a name; empty when no counterfoil had it. */
  public synchronized Optional<Integer> find(String name) {
    return Optional.ofNullable(numbers.get(name));
  }

  /** The name of a number. */
  public synchronized String name(int number) {
    return names.get(number);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
