package dev.counterfoil.signer.privatekeys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a signer's folder says of its keys in a PKCS#11 token: {@code pkcs11-label}, by which its
 * objects are known there, and for each key {@code k1.pkcs11}, the object's identifier, and {@code
 * k1.jwk}, its public half.
 */
public final class HsmFolder {
  private static final int FILE_BYTES_MAX = 4 * 1024;
  private static final int LABEL_RANDOM_BYTES = 8;
  private static final String LABEL_FILE = "pkcs11-label";

  /** All objects of this label that no file names are destroyed, so it is nobody else's. */
  private static final Pattern LABEL = Pattern.compile("counterfoil [0-9a-f]{16}");

  private static final String SUFFIX = ".pkcs11";

  private final Path folder;
  private final String objectLabel;

  private HsmFolder(Path folder, String objectLabel) {
    this.folder = folder;
    this.objectLabel = objectLabel;
  }

  /** Reads the label, or chooses one. */
  static HsmFolder open(Path folder) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(folder);
    try {
      String label = new String(disk.read(LABEL_FILE, FILE_BYTES_MAX), StandardCharsets.ISO_8859_1);
      if (!LABEL.matcher(label).matches()) {
        throw new GeneralSecurityException(
            "file "
                + LABEL_FILE
                + " in "
                + disk
                + " is damaged: it has to be 'counterfoil' and 16 digits, without a line end, as the label of this signer's keys in the token is");
      }
      return new HsmFolder(folder, label);
    } catch (NoSuchFileException e) {
      byte[] random = new byte[LABEL_RANDOM_BYTES];
      AwsLc.random().nextBytes(random);
      String label = "counterfoil " + HexFormat.of().formatHex(random);
      disk.replace(LABEL_FILE, label.getBytes(StandardCharsets.US_ASCII));
      return new HsmFolder(folder, label);
    }
  }

  /** The label of this signer's objects. */
  byte[] objectLabel() {
    return objectLabel.getBytes(StandardCharsets.US_ASCII);
  }

  /** A file that names a key in an HSM. */
  private record Place(Path keys, String label) {}

  private static List<Place> places(Path folder) throws IOException {
    List<Place> places = new ArrayList<>();
    // What the logs are called does not matter here.
    for (Generation generation : Generation.all(SignerName.FIRST, folder)) {
      FileDisk.privateFolder(generation.keys()).names().stream()
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .forEach(label -> places.add(new Place(generation.keys(), label)));
    }
    return places;
  }

  /** Files that name keys in an HSM, of all generations. */
  public static List<Path> keyFiles(Path folder) throws IOException {
    return places(folder).stream().map(at -> at.keys.resolve(at.label + SUFFIX)).toList();
  }

  /** A key that a file names. */
  record Named(String label, String id, PublicJwk publicKey) {}

  /** All keys that files name. */
  List<Named> named() throws IOException, GeneralSecurityException {
    List<Named> all = new ArrayList<>();
    for (Place at : places(folder)) {
      all.add(
          new Named(at.label, id(at.keys, at.label).orElseThrow(), publicKey(at.keys, at.label)));
    }
    return all;
  }

  /** The identifier of a key's object; empty of a key that is not in an HSM. */
  static Optional<String> id(Path keys, String label) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(keys);
    try {
      JsonObject json =
          StrictJson.object(disk.read(label + SUFFIX, FILE_BYTES_MAX), FILE_BYTES_MAX);
      json.allowOnly("id", "label");
      return Optional.of(json.string("id"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "file " + label + SUFFIX + " in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  static PublicJwk publicKey(Path keys, String label) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(keys);
    try {
      return PublicJwk.parse(
          StrictJson.object(disk.read(label + ".jwk", FILE_BYTES_MAX), FILE_BYTES_MAX));
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "public key " + label + ".jwk in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  /**
   * Names a key, by a label that names none. One that it named before is forgotten first: a crash
   * in between leaves an object that no file names, and never a public half beside another key's
   * object.
   */
  void keep(Path keys, String label, String id, PublicJwk publicKey) throws IOException {
    FileDisk disk = FileDisk.privateFolder(keys);
    // The public half first: a key that is known has one.
    disk.replace(label + ".jwk", publicKey.toJson().canonicalBytes());
    disk.replace(
        label + SUFFIX,
        JsonObject.builder().put("id", id).put("label", objectLabel).build().canonicalBytes());
  }

  /** From now on no file names the key. */
  void forget(Path keys, String label) throws IOException {
    FileDisk.privateFolder(keys).delete(label + SUFFIX);
  }
}
