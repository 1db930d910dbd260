package dev.counterfoil.drills.run;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the processes of a drill printed last. Their files go with the drill's folder, and when it
 * broke they are what says why.
 */
final class LastWords extends Exception {
  private static final long serialVersionUID = 1;

  /** Processes of an installation write to files in its folder for logs. */
  private static final int DEPTH_MAX = 3;

  private static final int LINES = 8;
  private static final int BYTES_MAX = 8 * 1024;

  private LastWords(String text) {
    super(text);
  }

  /** Reads them; as much as can be read. */
  static LastWords below(Path folder) {
    List<String> words = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder, DEPTH_MAX)) {
      for (Path file : files.filter(LastWords::isOutput).sorted().toList()) {
        words.add(file.getFileName() + " ends with:\n" + end(file));
      }
    } catch (IOException | UncheckedIOException e) {
      words.add("what was printed cannot be read: " + e.getMessage());
    }
    return new LastWords(String.join("\n", words));
  }

  private static boolean isOutput(Path file) {
    return file.getFileName().toString().endsWith(".log") && Files.isRegularFile(file);
  }

  private static String end(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(BYTES_MAX, in.length())];
      in.seek(in.length() - bytes.length);
      in.readFully(bytes);
      List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
    }
  }
}
