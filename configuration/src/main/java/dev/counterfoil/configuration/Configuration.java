package dev.counterfoil.configuration;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads configuration files into records. Components of the record become keys in kebab case; each
 * carries {@link Meaning}, and {@link Default} and {@link Bounds} where it has them. A component is
 * a {@code String}, {@code boolean}, {@code int}, {@code long}, {@link java.time.Duration}, {@link
 * ByteSize}, {@link HostPort}, {@link java.net.URI}, {@link Path}, {@link UnixSocketPath}, {@link
 * SecretFile}, an enum, another such record, or a {@link java.util.List}, {@link java.util.Map}
 * from names, or {@link java.util.Optional} of these. A rule over several keys belongs into the
 * record's compact constructor, which throws {@link IllegalArgumentException} with a sentence for
 * the operator.
 *
 * <p>A key that the record does not have, one that stands twice, a value of another type or unit,
 * and a required key that is missing are refused, naming file and line.
 */
public final class Configuration {
  /** Longest file accepted, in bytes. */
  public static final int BYTES_MAX = 256 * 1024;

  private Configuration() {}

  /**
   * Reads a file. Relative paths in it are relative to its folder.
   *
   * @throws ConfigurationException when a process must not start with this file
   */
  public static <T extends Record> T read(Path file, Class<T> type) throws ConfigurationException {
    return readNearest(file, List.of(type));
  }

  /**
   * Reads a file that is of one of several types: the one whose keys are nearest to those in the
   * file. Of equally near ones the first one that takes it.
   *
   * @throws ConfigurationException when none takes it; it says why the nearest one does not
   */
  public static <T> T readNearest(Path file, List<? extends Class<? extends T>> types)
      throws ConfigurationException {
    Path absolute = file.toAbsolutePath().normalize();
    Path folder = absolute.getParent();
    Place place = new Place(file.toString(), folder == null ? absolute : folder);
    return new RecordBinder(place).nearest(types, YamlReader.read(place, load(file)));
  }

  /**
   * Reads a text as if it stood in a file of a name in a folder.
   *
   * @param file how messages call it; relative paths are relative to its folder
   */
  public static <T extends Record> T parse(Path file, String yaml, Class<T> type)
      throws ConfigurationException {
    Path folder = file.toAbsolutePath().normalize().getParent();
    return parse(new Place(file.toString(), folder == null ? file : folder), yaml, type);
  }

  /** A Markdown table of the keys that a record takes, for the documentation. */
  public static String table(Class<? extends Record> type) {
    return KeyTable.of(type);
  }

  private static <T extends Record> T parse(Place place, String yaml, Class<T> type)
      throws ConfigurationException {
    return new RecordBinder(place).record(type, "", YamlReader.read(place, yaml));
  }

  private static String load(Path file) throws ConfigurationException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new ConfigurationException(
          file + ": not readable for user " + System.getProperty("user.name"), e);
    } catch (IOException e) {
      throw new ConfigurationException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (bytes.length > BYTES_MAX) {
      throw new ConfigurationException(file + ": longer than " + BYTES_MAX + " bytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(file + ": not UTF-8", e);
    }
  }
}
