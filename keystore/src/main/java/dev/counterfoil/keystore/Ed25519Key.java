package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.List;

/**
 * An Ed25519 key of this process: a log's key, a statement key, the trial root. Signs on any
 * thread.
 */
public final class Ed25519Key {
  private static final int VKEY_BYTES_MAX = 512;

  private final NoteKey publicKey;
  private final Signature signature;

  private Ed25519Key(NoteKey publicKey, PrivateKey key) throws GeneralSecurityException {
    this.publicKey = publicKey;
    this.signature = Signature.getInstance("Ed25519", AwsLc.PROVIDER);
    signature.initSign(key);
  }

  /**
   * Opens a key, made new when there is none. Its files are {@code <label>.sealed} and {@code
   * <label>.vkey}; the second is written last.
   *
   * @param name the key's name, for a log key the log's origin
   */
  public static Ed25519Key openOrMake(SealedKeys sealed, Disk disk, String label, String name)
      throws IOException, GeneralSecurityException {
    KeyOrder order = order(name);
    NoteKey publicKey;
    try {
      publicKey = publicKey(disk, label);
    } catch (NoSuchFileException e) {
      publicKey = write(disk, label, name, sealed.make(List.of(order)).get(0));
    }
    if (!publicKey.name().equals(name)) {
      throw new GeneralSecurityException(
          "key "
              + label
              + " in "
              + disk
              + " is of "
              + publicKey.name()
              + " and not of "
              + name
              + ". Has the issuer in the configuration changed? Then start with an empty folder");
    }
    return new Ed25519Key(
        publicKey, AwsLc.load("Ed25519", sealed.open(disk, label + ".sealed", order.purpose())));
  }

  /** The order of a key of this name. */
  public static KeyOrder order(String name) {
    return new KeyOrder(PublicJwk.Algorithm.EDDSA, "Ed25519 key " + name);
  }

  /**
   * The public half of a key.
   *
   * @throws NoSuchFileException when there is no such key
   */
  public static NoteKey publicKey(Disk disk, String label)
      throws IOException, GeneralSecurityException {
    byte[] vkey = disk.read(label + ".vkey", VKEY_BYTES_MAX);
    try {
      return NoteKey.parse(new String(vkey, StandardCharsets.UTF_8).strip());
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "public key " + label + ".vkey in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  /** Writes the files of a key that was made. */
  public static NoteKey write(Disk disk, String label, String name, MadeKey made)
      throws IOException {
    NoteKey publicKey = new NoteKey(name, ((PublicJwk.Ed25519) made.publicKey()).x());
    disk.replace(label + ".sealed", made.sealed());
    disk.replace(label + ".hint", made.hintFile());
    disk.replace(label + ".vkey", (publicKey + "\n").getBytes(StandardCharsets.UTF_8));
    return publicKey;
  }

  /** The public half. */
  public NoteKey publicKey() {
    return publicKey;
  }

  synchronized byte[] sign(byte[] input) throws GeneralSecurityException {
    signature.update(input);
    return signature.sign();
  }

  /** Signs notes with it. */
  public NoteSigner notes() {
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return publicKey;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        return Ed25519Key.this.sign(text);
      }
    };
  }

  /** Signs statements with it. */
  public StatementSigner statements() {
    PublicJwk jwk = PublicJwk.ed25519(publicKey.publicKey());
    return new StatementSigner() {
      @Override
      public PublicJwk key() {
        return jwk;
      }

      @Override
      public byte[] sign(byte[] input) throws GeneralSecurityException {
        return Ed25519Key.this.sign(input);
      }
    };
  }
}
