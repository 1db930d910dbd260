package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes private keys and seals them. Only the program that ends when it has done so calls this
 * ({@link KeyMakerMain}): a generator and its callers leave the key on the heap.
 */
public final class KeyMaker {
  /** Most keys of an order. */
  static final int ORDERS_MAX = 64;

  /** Longest order and answer, in bytes. */
  public static final int LINE_BYTES_MAX = 1 << 20;

  /** Length of an RSA modulus: what every verifier takes, and a day's key needs no more. */
  private KeyMaker() {}

  /** Carries out an order as {@link #order} writes it. */
  static JsonObject answer(byte[] text)
      throws FormatException, IOException, GeneralSecurityException {
    JsonObject order = StrictJson.object(text, LINE_BYTES_MAX);
    order.allowOnly("batches");
    List<KeyBatch> batches = new ArrayList<>();
    for (JsonObject one : order.objects("batches")) {
      batches.add(KeyBatch.parse(one));
    }
    return JsonObject.builder()
        .put("keys", make(batches).stream().map(MadeKey::toJson).toList())
        .build();
  }

  /** Makes keys in this process. */
  public static List<MadeKey> make(List<KeyBatch> batches)
      throws IOException, GeneralSecurityException {
    if (batches.stream().mapToInt(batch -> batch.orders().size()).sum() > ORDERS_MAX) {
      throw new IllegalArgumentException("at most " + ORDERS_MAX + " keys are made at a time");
    }
    List<MadeKey> made = new ArrayList<>();
    for (KeyBatch batch : batches) {
      made.addAll(make(batch.keyForKeys(), batch.orders()));
    }
    return made;
  }

  private static List<MadeKey> make(KeyForKeys keyForKeys, List<KeyOrder> orders)
      throws IOException, GeneralSecurityException {
    List<MadeKey> made = new ArrayList<>();
    for (KeyOrder order : orders) {
      KeyPair pair = generate(order.algorithm());
      byte[] pkcs8 = pair.getPrivate().getEncoded();
      try {
        PublicJwk publicKey = PublicJwk.of(order.algorithm(), pair.getPublic());
        assertPair(order.algorithm(), pair);
        KeyHint hint = KeyHint.of(pkcs8, order.algorithm().jose());
        made.add(new MadeKey(SealedKeys.seal(keyForKeys, order.purpose(), pkcs8), publicKey, hint));
      } catch (FormatException e) {
        throw new GeneralSecurityException("a key that was just made is not one", e);
      } finally {
        Arrays.fill(pkcs8, (byte) 0);
      }
    }
    return made;
  }

  private static KeyPair generate(PublicJwk.Algorithm algorithm) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.javaKey(), AwsLc.PROVIDER);
    switch (algorithm) {
      case ES256 -> generator.initialize(new ECGenParameterSpec("secp256r1"));
      case RS256 -> generator.initialize(HsmAlgorithm.RSA_BITS);
      case EDDSA, ML_DSA_44 -> {
        // Each has one size.
      }
    }
    return generator.generateKeyPair();
  }

  /** Signs and verifies: a pair whose halves do not belong together is never handed over. */
  private static void assertPair(PublicJwk.Algorithm algorithm, KeyPair pair)
      throws GeneralSecurityException {
    byte[] probe = new byte[64];
    AwsLc.random().nextBytes(probe);
    Signature signature = Signature.getInstance(algorithm.javaSignature(), AwsLc.PROVIDER);
    signature.initSign(pair.getPrivate());
    signature.update(probe);
    byte[] signed = signature.sign();
    signature.initVerify(pair.getPublic());
    signature.update(probe);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException("a key that was just made does not fit its public half");
    }
  }

  /** The line of an order. */
  static byte[] order(List<KeyBatch> batches) {
    return JsonObject.builder()
        .put("batches", batches.stream().map(KeyBatch::toJson).toList())
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Reads an answer. */
  static List<MadeKey> read(byte[] answer) throws FormatException {
    JsonObject json = StrictJson.object(answer, LINE_BYTES_MAX);
    json.allowOnly("keys");
    List<MadeKey> keys = new ArrayList<>();
    for (JsonObject one : json.objects("keys")) {
      keys.add(MadeKey.parse(one));
    }
    return keys;
  }
}
