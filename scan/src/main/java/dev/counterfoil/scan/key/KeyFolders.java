package dev.counterfoil.scan.key;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys to look for: public halves ({@code *.jwk}, {@code *.vkey}) below some folders, each with
 * the hint beside it ({@code *.hint}). A JWK with a private half is no public key and is left
 * alone.
 */
public final class KeyFolders {
  private static final int FILE_BYTES_MAX = 16 * 1024;
  private static final int KEYS_MAX = 10_000;
  private static final List<String> PRIVATE = List.of("d", "k", "priv", "p");

  private final Map<String, OwnKey> keys = new LinkedHashMap<>();
  private final List<String> unread = new ArrayList<>();

  private KeyFolders() {}

  /** Reads all keys below some folders; links are not followed. */
  public static KeyFolders read(List<Path> folders) throws IOException {
    KeyFolders read = new KeyFolders();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new IOException("no folder of keys: " + folder);
      }
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String name = String.valueOf(file.getFileName());
              if (attributes.isRegularFile()
                  && attributes.size() <= FILE_BYTES_MAX
                  && (name.endsWith(".jwk") || name.endsWith(".vkey"))) {
                read.add(file, name);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              read.unread.add(file + ": cannot be read");
              return FileVisitResult.CONTINUE;
            }
          });
      if (read.keys.size() > KEYS_MAX) {
        throw new IOException("more than " + KEYS_MAX + " keys below " + folder);
      }
    }
    return read;
  }

  private void add(Path file, String name) {
    String label = name.substring(0, name.lastIndexOf('.'));
    try {
      byte[] content = Files.readAllBytes(file);
      Optional<KeyHint> hint = hint(file.resolveSibling(label + ".hint"));
      OwnKey key;
      if (name.endsWith(".jwk")) {
        JsonObject jwk = StrictJson.object(content, FILE_BYTES_MAX);
        if (PRIVATE.stream().anyMatch(jwk::has)) {
          return;
        }
        key = OwnKey.of(PublicJwk.read(jwk), hint);
      } else {
        key = vkey(new String(content, StandardCharsets.UTF_8).strip(), hint);
      }
      // The same key may lie in several places, under several names, and only one of them has the
      // hint; two keys may have one name.
      keys.merge(
          key.publicKey().thumbprint(),
          key,
          (known, other) -> known.hint().isPresent() ? known : other);
    } catch (IOException | FormatException e) {
      unread.add(file + ": " + e.getMessage());
    }
  }

  /** A log's key and a cosigner's are written alike, and say by their type which they are. */
  private static OwnKey vkey(String text, Optional<KeyHint> hint) throws FormatException {
    try {
      return OwnKey.of(NoteKey.parse(text), hint);
    } catch (FormatException notOfALog) {
      return OwnKey.of(CosignerKey.parse(text), hint);
    }
  }

  private static Optional<KeyHint> hint(Path file) throws IOException, FormatException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        || Files.size(file) > KeyHint.TEXT_BYTES_MAX) {
      throw new FormatException("its hint is not a hint's file");
    }
    return Optional.of(KeyHint.parse(Files.readString(file)));
  }

  /** The keys, each once. */
  public List<OwnKey> keys() {
    return List.copyOf(keys.values());
  }

  /** Files that look like keys and could not be taken as such, with the reason. */
  public List<String> unread() {
    return List.copyOf(unread);
  }
}
