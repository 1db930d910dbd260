package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

/**
 * A custody that is broken on purpose: keys lie in plain files, and the first one that it makes it
 * also gives to a thief. It works in the folder of the drill that is running, and in no other: the
 * signer's own program has no such road.
 */
public final class StolenPrivateKeys implements PrivateKeys {
  private static final String PRIVATE = ".p8";
  private static final String PUBLIC = ".spki";

  private final Path drillFolder;

  /**
   * Opens the custody of a drill.
   *
   * @param drillFolder the folder that the drill made
   * @throws IOException when it is not the folder of the drill that started this process
   */
  StolenPrivateKeys(Path drillFolder) throws IOException {
    DrillFolder.requireOfThisDrill(drillFolder);
    this.drillFolder = drillFolder.toRealPath();
  }

  /** Where the thief finds the key that he took. */
  static Path loot(Path drillFolder) {
    return drillFolder.resolve("thief");
  }

  /** The key pair that the thief took. */
  public static KeyPair stolen(Path drillFolder) throws IOException, GeneralSecurityException {
    return read(loot(drillFolder), "stolen");
  }

  @Override
  public String name() {
    return "drill";
  }

  @Override
  public KeyStatement.Assurance assurance() {
    return KeyStatement.Assurance.UNKNOWN;
  }

  @Override
  public Key make(Path folder, String label, PublicJwk.Algorithm algorithm)
      throws IOException, GeneralSecurityException {
    require(folder);
    if (algorithm != PublicJwk.Algorithm.ES256) {
      throw new GeneralSecurityException("the thief takes ES256 keys and no others");
    }
    KeyPair pair = newKey();
    write(folder, label, pair);
    Path loot = loot(drillFolder);
    // The thief was there once. What replaces the stolen key is not handed out again.
    if (!Files.exists(loot)) {
      Files.createDirectory(
          loot, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      write(loot, "stolen", pair);
    }
    return new PlainKey(pair);
  }

  @Override
  public Key open(Path folder, String label) throws IOException, GeneralSecurityException {
    require(folder);
    return new PlainKey(read(folder, label));
  }

  @Override
  public void destroy(Path folder, String label) throws IOException {
    require(folder);
    Files.deleteIfExists(folder.resolve(label + PRIVATE));
  }

  /** A P-256 pair of the platform's own provider. */
  public static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private void require(Path folder) throws IOException {
    if (!folder.toRealPath().startsWith(drillFolder)) {
      throw new IOException("not inside the drill's folder " + drillFolder + ": " + folder);
    }
  }

  private static void write(Path folder, String label, KeyPair pair) throws IOException {
    Path file = folder.resolve(label + PRIVATE);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, pair.getPrivate().getEncoded());
    Files.write(folder.resolve(label + PUBLIC), pair.getPublic().getEncoded());
  }

  private static KeyPair read(Path folder, String label)
      throws IOException, GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance("EC");
    PublicKey publicKey =
        factory.generatePublic(
            new X509EncodedKeySpec(Files.readAllBytes(folder.resolve(label + PUBLIC))));
    PrivateKey privateKey =
        factory.generatePrivate(
            new PKCS8EncodedKeySpec(Files.readAllBytes(folder.resolve(label + PRIVATE))));
    return new KeyPair(publicKey, privateKey);
  }

  /** A key in plain memory. */
  private record PlainKey(KeyPair pair) implements Key {
    @Override
    public PublicJwk publicKey() {
      return PublicJwk.es256((ECPublicKey) pair.getPublic());
    }

    @Override
    public Signing newSigning() throws GeneralSecurityException {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(pair.getPrivate());
      return input -> {
        signature.update(input);
        return signature.sign();
      };
    }

    @Override
    public void forget() {
      // The garbage collector takes it when the signer has dropped it; this custody keeps no
      // promise.
    }

    @Override
    public String toString() {
      return "PlainKey[" + publicKey().thumbprint() + "]";
    }
  }
}
