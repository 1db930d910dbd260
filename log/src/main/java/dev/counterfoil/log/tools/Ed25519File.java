package dev.counterfoil.log.tools;

import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/**
 * An Ed25519 key of a process that signs no tokens, in three files: the private half (PKCS#8, in
 * the clear, for its owner alone), a vkey, which others take in, and its {@link HintFile hint}.
 * Whoever reads the folder has it.
 */
public final class Ed25519File {
  private static final String ALGORITHM = "Ed25519";
  private static final String JOSE = PublicJwk.Algorithm.EDDSA.jose();
  private static final int BYTES_MAX = 4096;

  private final String vkey;
  private final PrivateKey privateKey;

  private Ed25519File(String vkey, PrivateKey privateKey) {
    this.vkey = vkey;
    this.privateKey = privateKey;
  }

  /** Writes a public half under its owner's name. */
  @FunctionalInterface
  public interface Naming {
    String vkey(PublicKey key) throws GeneralSecurityException;
  }

  /**
   * Reads a key, and makes it where there is none.
   *
   * @param privateFile name of the file of the private half
   * @param publicFile name of the file of the vkey
   * @param naming of one that is made
   */
  public static Ed25519File openOrMake(
      Disk disk, String privateFile, String publicFile, Naming naming)
      throws IOException, GeneralSecurityException {
    byte[] vkey;
    try {
      vkey = disk.read(publicFile, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return make(disk, privateFile, publicFile, naming);
    }
    byte[] encoded = disk.read(privateFile, BYTES_MAX);
    try {
      PrivateKey key =
          KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      HintFile.keep(disk, label(publicFile), encoded, JOSE);
      return new Ed25519File(new String(vkey, StandardCharsets.UTF_8).strip(), key);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static Ed25519File make(Disk disk, String privateFile, String publicFile, Naming naming)
      throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
    String vkey = naming.vkey(pair.getPublic());
    byte[] encoded = pair.getPrivate().getEncoded();
    try {
      disk.replace(privateFile, encoded);
      HintFile.keep(disk, label(publicFile), encoded, JOSE);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
    // Last: where it stands, the key is whole.
    disk.replace(publicFile, (vkey + "\n").getBytes(StandardCharsets.UTF_8));
    return new Ed25519File(vkey, pair.getPrivate());
  }

  private static String label(String publicFile) {
    return publicFile.substring(0, publicFile.lastIndexOf('.'));
  }

  /** The public half under its owner's name, as its file has it. */
  public String vkey() {
    return vkey;
  }

  /** Signs with it; on any thread. */
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ALGORITHM);
    signature.initSign(privateKey);
    signature.update(message);
    return signature.sign();
  }
}
