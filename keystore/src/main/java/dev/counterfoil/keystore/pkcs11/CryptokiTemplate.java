package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Attributes of an object, as C_GenerateKeyPair and C_FindObjectsInit take them (CK_ATTRIBUTE). */
public final class CryptokiTemplate {
  /** {@code CK_ULONG type; void *pValue; CK_ULONG ulValueLen}, on machines with 64 bits. */
  private static final int BYTES = 24;

  private final List<Long> types = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();

  public CryptokiTemplate() {}

  public CryptokiTemplate with(long type, byte[] value) {
    types.add(type);
    values.add(value.clone());
    return this;
  }

  public CryptokiTemplate with(long type, boolean value) {
    return with(type, new byte[] {(byte) (value ? 1 : 0)});
  }

  public CryptokiTemplate with(long type, long value) {
    byte[] bytes = new byte[Long.BYTES];
    MemorySegment.ofArray(bytes).set(JAVA_LONG.withByteAlignment(1), 0, value);
    return with(type, bytes);
  }

  int size() {
    return types.size();
  }

  MemorySegment in(Arena arena) {
    MemorySegment all = arena.allocate((long) BYTES * types.size(), Long.BYTES);
    for (int i = 0; i < types.size(); i++) {
      long at = (long) i * BYTES;
      byte[] value = values.get(i);
      all.set(JAVA_LONG, at, types.get(i));
      all.set(ADDRESS, at + 8, arena.allocateFrom(JAVA_BYTE, value));
      all.set(JAVA_LONG, at + 16, value.length);
    }
    return all;
  }
}
