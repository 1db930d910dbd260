package dev.counterfoil.cli.release;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A release as {@code ./dev release} builds it: files, and their checksums in {@code SHA256SUMS}.
 *
 * @param folder where it lies
 * @param sums the text of {@code SHA256SUMS}, which is signed and recorded
 * @param files what the text names
 */
record ReleaseFolder(Path folder, String sums, List<Sum> files) {
  static final String SUMS = "SHA256SUMS";
  static final String NOTE = "SHA256SUMS.note";
  static final String PROOF = "SHA256SUMS.tlog-proof";

  private static final int BYTES_MAX = 64 * 1024;
  private static final int BUFFER_BYTES = 1 << 16;

  /** As sha256sum writes it; a name is one of the folder's own files. */
  private static final Pattern LINE =
      Pattern.compile("([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._~+-]{0,200})");

  /** A file and its SHA-256, in hexadecimal. */
  record Sum(String name, String hex) {}

  ReleaseFolder {
    files = List.copyOf(files);
  }

  /** Reads the checksums; the files are not looked at before {@link #different}. */
  static ReleaseFolder read(Path folder) {
    String text = new String(read(folder.resolve(SUMS), BYTES_MAX), StandardCharsets.UTF_8);
    List<Sum> files = parseSums(text);
    if (files.isEmpty()) {
      throw CommandFailure.environment(
          folder.resolve(SUMS) + " is not a list of checksums as sha256sum writes it");
    }
    return new ReleaseFolder(folder, text, files);
  }

  /** The files of a list of checksums; none when it is not one. */
  static List<Sum> parseSums(String text) {
    List<Sum> files = new ArrayList<>();
    if (!text.endsWith("\n")) {
      return List.of();
    }
    for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
      Matcher sum = LINE.matcher(line);
      if (!sum.matches()) {
        return List.of();
      }
      files.add(new Sum(sum.group(2), sum.group(1)));
    }
    return files;
  }

  /** A file that must be there, and is no longer than that. */
  static byte[] read(Path file, int bytesMax) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw CommandFailure.environment(file + " is longer than " + bytesMax + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + file);
    }
  }

  /** What the log holds of it. */
  Leaf leaf() {
    return Leaf.of(sums.getBytes(StandardCharsets.UTF_8));
  }

  /** The named files that are not as their checksum says, or are not there. */
  List<String> different() throws IOException {
    List<String> different = new ArrayList<>();
    for (Sum file : files) {
      Path path = folder.resolve(file.name());
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || !hex(path).equals(file.hex())) {
        different.add(file.name());
      }
    }
    return different;
  }

  /**
   * What lies in the folder and is neither named by the checksums nor one of their own files: at
   * most so many names, in order. A link is one, whatever it leads to; so is what is hidden.
   */
  List<String> unsigned(int max) throws IOException {
    Set<String> ours = new HashSet<>(Set.of(SUMS, NOTE, PROOF));
    files.forEach(file -> ours.add(file.name()));
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> !path.equals(folder))
          // A folder is shown by what is in it, and an empty one by itself.
          .filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || isEmpty(path))
          .map(path -> folder.relativize(path).toString())
          .filter(name -> !ours.contains(name))
          .limit(max)
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hex(Path file) throws IOException {
    MessageDigest digest = Hash.newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      while (in.read(buffer) >= 0) {
        // The stream counts what is read.
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
