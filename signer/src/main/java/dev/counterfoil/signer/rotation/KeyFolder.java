package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a generation's folder says of its keys, beside the custody's own files: {@code k1.statement}
 * is what the registrar was or will be asked for, {@code k1.destroyed} that the private half is not
 * to be used again, and {@code rotation-pause} until when the keys do not change.
 */
public final class KeyFolder {
  private static final Pattern STATEMENT = Pattern.compile("k([1-9][0-9]{0,8})\\.statement");
  private static final Pattern DESTROYED = Pattern.compile("k([1-9][0-9]{0,8})\\.destroyed");
  private static final String PAUSE = "rotation-pause";
  private static final int BYTES_MAX = 64 * 1024;

  private final Disk disk;

  public KeyFolder(Disk disk) {
    this.disk = disk;
  }

  /** The name of a key for its custody. */
  static String label(int number) {
    return "k" + number;
  }

  public NavigableMap<Integer, KeyStatement> statements()
      throws IOException, GeneralSecurityException {
    NavigableMap<Integer, KeyStatement> statements = new TreeMap<>();
    for (String name : disk.names()) {
      Matcher matcher = STATEMENT.matcher(name);
      if (matcher.matches()) {
        try {
          statements.put(
              Integer.parseInt(matcher.group(1)),
              KeyStatement.parse(StrictJson.object(disk.read(name, BYTES_MAX), BYTES_MAX)));
        } catch (FormatException e) {
          throw damaged(name, e);
        }
      }
    }
    return statements;
  }

  /** Numbers of the keys that are not to be used again. */
  Set<Integer> destroyed() throws IOException {
    Set<Integer> numbers = new TreeSet<>();
    for (String name : disk.names()) {
      Matcher matcher = DESTROYED.matcher(name);
      if (matcher.matches()) {
        numbers.add(Integer.parseInt(matcher.group(1)));
      }
    }
    return numbers;
  }

  public void keep(int number, KeyStatement statement) throws IOException {
    disk.replace(label(number) + ".statement", statement.toJson().canonicalBytes());
  }

  void markDestroyed(int number) throws IOException {
    disk.replace(label(number) + ".destroyed", new byte[0]);
  }

  void forget(int number) throws IOException {
    // The mark goes last: a statement without it would have its key opened.
    disk.delete(label(number) + ".statement");
    disk.delete(label(number) + ".destroyed");
  }

  Optional<KeyRing.Pause> pause() throws IOException, GeneralSecurityException {
    if (!disk.names().contains(PAUSE)) {
      return Optional.empty();
    }
    try {
      JsonObject json = StrictJson.object(disk.read(PAUSE, BYTES_MAX), BYTES_MAX);
      json.allowOnly("since", "until");
      return Optional.of(
          new KeyRing.Pause(
              Instant.ofEpochMilli(json.number("since")), KeyStatement.instant(json, "until")));
    } catch (FormatException e) {
      throw damaged(PAUSE, e);
    }
  }

  void keep(KeyRing.Pause pause) throws IOException {
    disk.replace(
        PAUSE,
        JsonObject.builder()
            .put("since", pause.since().toEpochMilli())
            .put("until", pause.until().getEpochSecond())
            .build()
            .canonicalBytes());
  }

  private GeneralSecurityException damaged(String name, FormatException by) {
    return new GeneralSecurityException(
        "file " + name + " in " + disk + " is damaged: " + by.getMessage(), by);
  }
}
