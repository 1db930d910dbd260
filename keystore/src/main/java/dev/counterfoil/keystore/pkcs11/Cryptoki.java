package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An HSM's library: the calls of PKCS#11 2.40 that custody needs, by their places in
 * CK_FUNCTION_LIST, on machines where CK_ULONG has 64 bits. No call here takes a key out or brings
 * one in: there is no C_WrapKey, C_UnwrapKey, C_CreateObject or C_DeriveKey.
 *
 * <p>A process has a library once, whoever uses it in it.
 */
// Restricted: calls of the HSM's library are what this class is for.
@SuppressWarnings("restricted")
public final class Cryptoki {
  public static final long OK = 0;
  private static final long ALREADY_INITIALIZED = 0x191;
  private static final long ALREADY_LOGGED_IN = 0x100;

  private static final long USER = 1;
  private static final long RW_SESSION = 2;
  private static final long SERIAL_SESSION = 4;
  private static final long OS_LOCKING = 2;
  private static final long HARDWARE_SLOT = 4;
  private static final long HARDWARE = 1;

  private static final int INITIALIZE_ARGS_BYTES = 48;
  private static final int TOKEN_INFO_BYTES = 512;
  private static final int SLOT_INFO_BYTES = 256;
  private static final int SLOT_FLAGS_AT = 96;
  private static final int MECHANISM_INFO_BYTES = 24;
  private static final int MECHANISM_FLAGS_AT = 16;
  private static final int LABEL_BYTES = 32;
  private static final int GCM_PARAMETERS_BYTES = 48;
  private static final int GCM_TAG_BITS = 128;
  private static final int SLOTS_MAX = 256;
  private static final int OBJECTS_AT_A_TIME = 64;

  /** Of one label: a signer holds some dozens of keys. */
  private static final int OBJECTS_MAX = 16 * 1024;

  /** Of attributes that are read here; the longest is an RSA modulus. */
  private static final int ATTRIBUTE_BYTES_MAX = 4 * 1024;

  private static final Linker LINKER = Linker.nativeLinker();

  private static final int SIGN_INIT = 42;
  private static final int SIGN = 43;
  private static final int FUNCTIONS = 68;
  static final long LIST_BYTES = 8 + 8L * FUNCTIONS;

  private static final Map<Path, Cryptoki> LOADED = new HashMap<>();

  private final ReentrantLock alone = new ReentrantLock();
  private final Map<CryptokiCall, MethodHandle> calls = new EnumMap<>(CryptokiCall.class);
  private final MethodHandle signInit;
  private final MethodHandle sign;

  /**
   * A library.
   *
   * @param list its CK_FUNCTION_LIST
   */
  Cryptoki(MemorySegment list) {
    for (CryptokiCall call : CryptokiCall.values()) {
      calls.put(call, LINKER.downcallHandle(function(list, call.place), call.shape));
    }
    signInit =
        LINKER.downcallHandle(
            function(list, SIGN_INIT),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG));
    sign =
        LINKER.downcallHandle(
            function(list, SIGN),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
  }

  /** Behind CK_VERSION, filled up to a pointer's alignment, stand the functions in order. */
  private static MemorySegment function(MemorySegment list, int place) {
    return list.get(ADDRESS, 8L + 8L * place);
  }

  /**
   * Loads a library for the rest of this process's life; it is not initialised yet.
   *
   * @throws GeneralSecurityException when it is none, or cannot be loaded
   */
  public static Cryptoki load(Path library) throws GeneralSecurityException {
    synchronized (LOADED) {
      Cryptoki loaded = LOADED.get(library);
      if (loaded == null) {
        loaded = loadAnew(library);
        LOADED.put(library, loaded);
      }
      return loaded;
    }
  }

  private static Cryptoki loadAnew(Path library) throws GeneralSecurityException {
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(library, Arena.global());
    } catch (IllegalArgumentException | IllegalCallerException e) {
      throw new GeneralSecurityException(
          "PKCS#11 library " + library + " cannot be loaded: " + e.getMessage(), e);
    }
    MethodHandle getFunctionList =
        LINKER.downcallHandle(
            symbols
                .find("C_GetFunctionList")
                .orElseThrow(
                    () ->
                        new GeneralSecurityException(
                            library + " is no PKCS#11 library: it has no C_GetFunctionList")),
            FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocate(ADDRESS);
      check("C_GetFunctionList", call(getFunctionList, list));
      return new Cryptoki(list.get(ADDRESS, 0).reinterpret(LIST_BYTES));
    }
  }

  private static long call(MethodHandle handle, Object... arguments) {
    try {
      return (long) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("the token's library can be called", e);
    }
  }

  private static void check(String what, long answer) throws CryptokiException {
    if (answer != OK) {
      throw new CryptokiException(what, answer);
    }
  }

  /** A number that the library wrote, which is its maker's word and no more. */
  private static long bounded(CryptokiCall call, MemorySegment number, long max)
      throws CryptokiException {
    return bounded(call.text, number.get(JAVA_LONG, 0), max);
  }

  private static long bounded(String what, long number, long max) throws CryptokiException {
    if (number < 0 || number > max) {
      throw CryptokiException.outOfBounds(what, number);
    }
    return number;
  }

  private long ask(CryptokiCall call, Object... arguments) {
    return call(Objects.requireNonNull(calls.get(call)), arguments);
  }

  private void must(CryptokiCall call, Object... arguments) throws CryptokiException {
    check(call.text, ask(call, arguments));
  }

  /**
   * Held by whoever begins or ends the library, and by whoever needs it not to be ended: it is one
   * for the whole process.
   */
  public ReentrantLock alone() {
    return alone;
  }

  /**
   * Begins; the library locks with what the system has.
   *
   * @return false when it had begun already
   */
  public boolean initialize() throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocate(INITIALIZE_ARGS_BYTES, 8);
      arguments.set(JAVA_LONG, 32, OS_LOCKING);
      long answer = ask(CryptokiCall.INITIALIZE, arguments);
      if (answer != ALREADY_INITIALIZED) {
        check(CryptokiCall.INITIALIZE.text, answer);
      }
      return answer == OK;
    }
  }

  /** Ends all of it, sessions and log-ins too. Nobody may be in another call. */
  public void end() {
    // Whatever it answers: what comes next is a beginning, which says what is wrong.
    long _ = ask(CryptokiCall.FINALIZE, MemorySegment.NULL);
  }

  /** Slots with an HSM of a label. */
  public List<Long> slotsOf(String label) throws CryptokiException {
    List<Long> found = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_LONG);
      MemorySegment slots = arena.allocate(JAVA_LONG, SLOTS_MAX);
      count.set(JAVA_LONG, 0, SLOTS_MAX);
      must(CryptokiCall.GET_SLOT_LIST, (byte) 1, slots, count);
      MemorySegment info = arena.allocate(TOKEN_INFO_BYTES, 8);
      long slotCount = bounded(CryptokiCall.GET_SLOT_LIST, count, SLOTS_MAX);
      for (long i = 0; i < slotCount; i++) {
        long slot = slots.getAtIndex(JAVA_LONG, i);
        if (ask(CryptokiCall.GET_TOKEN_INFO, slot, info) == OK && label.equals(labelIn(info))) {
          found.add(slot);
        }
      }
    }
    return found;
  }

  /** Padded with blanks (CK_TOKEN_INFO). */
  private static String labelIn(MemorySegment info) {
    byte[] label = info.asSlice(0, LABEL_BYTES).toArray(JAVA_BYTE);
    return new String(label, StandardCharsets.UTF_8).stripTrailing();
  }

  /** Whether an HSM can do something at all. */
  public boolean offers(long slot, long mechanism) {
    return mechanismFlags(slot, mechanism) != NOT_OFFERED;
  }

  private static final long NOT_OFFERED = -1;

  private long mechanismFlags(long slot, long mechanism) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(MECHANISM_INFO_BYTES, 8);
      return ask(CryptokiCall.GET_MECHANISM_INFO, slot, mechanism, info) == OK
          ? info.get(JAVA_LONG, MECHANISM_FLAGS_AT)
          : NOT_OFFERED;
    }
  }

  /** Whether the HSM says that a device does it: a software HSM does not. */
  public boolean isHardware(long slot, long mechanism) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SLOT_INFO_BYTES, 8);
      boolean slotIs =
          ask(CryptokiCall.GET_SLOT_INFO, slot, info) == OK
              && (info.get(JAVA_LONG, SLOT_FLAGS_AT) & HARDWARE_SLOT) != 0;
      long flags = mechanismFlags(slot, mechanism);
      return slotIs || (flags != NOT_OFFERED && (flags & HARDWARE) != 0);
    }
  }

  /**
   * Opens a session.
   *
   * @param writes whether objects of the HSM are made or destroyed in it
   */
  public long openSession(long slot, boolean writes) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment session = arena.allocate(JAVA_LONG);
      must(
          CryptokiCall.OPEN_SESSION,
          slot,
          SERIAL_SESSION | (writes ? RW_SESSION : 0),
          MemorySegment.NULL,
          MemorySegment.NULL,
          session);
      return session.get(JAVA_LONG, 0);
    }
  }

  /** Closes one; one that is gone is no error. */
  public void closeSession(long session) {
    long _ = ask(CryptokiCall.CLOSE_SESSION, session);
  }

  /**
   * Logs the whole process in.
   *
   * @param pin the caller zeroes it; the copy outside the heap is zeroed here
   */
  public void login(long session, byte[] pin) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(JAVA_BYTE, pin);
      long answer = ask(CryptokiCall.LOGIN, session, USER, copy, (long) pin.length);
      copy.fill((byte) 0);
      if (answer != ALREADY_LOGGED_IN) {
        check(CryptokiCall.LOGIN.text, answer);
      }
    }
  }

  /** Objects with these attributes. */
  public List<Long> find(long session, CryptokiTemplate like) throws CryptokiException {
    List<Long> found = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      must(CryptokiCall.FIND_OBJECTS_INIT, session, like.in(arena), (long) like.size());
      try {
        MemorySegment objects = arena.allocate(JAVA_LONG, OBJECTS_AT_A_TIME);
        MemorySegment count = arena.allocate(JAVA_LONG);
        long more;
        do {
          must(CryptokiCall.FIND_OBJECTS, session, objects, (long) OBJECTS_AT_A_TIME, count);
          more = bounded(CryptokiCall.FIND_OBJECTS, count, OBJECTS_AT_A_TIME);
          for (long i = 0; i < more; i++) {
            found.add(objects.getAtIndex(JAVA_LONG, i));
          }
          long _ = bounded(CryptokiCall.FIND_OBJECTS.text, found.size(), OBJECTS_MAX);
        } while (more > 0);
      } finally {
        long _ = ask(CryptokiCall.FIND_OBJECTS_FINAL, session);
      }
    }
    return found;
  }

  /** Reads an attribute; one that is not given out answers with an exception. */
  public byte[] attribute(long session, long object, long type) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = arena.allocate(24, 8);
      attribute.set(JAVA_LONG, 0, type);
      must(CryptokiCall.GET_ATTRIBUTE_VALUE, session, object, attribute, 1L);
      MemorySegment length = attribute.asSlice(16);
      long room = bounded(CryptokiCall.GET_ATTRIBUTE_VALUE, length, ATTRIBUTE_BYTES_MAX);
      MemorySegment value = arena.allocate(Math.max(1, room));
      attribute.set(ADDRESS, 8, value);
      must(CryptokiCall.GET_ATTRIBUTE_VALUE, session, object, attribute, 1L);
      return value
          .asSlice(0, bounded(CryptokiCall.GET_ATTRIBUTE_VALUE, length, room))
          .toArray(JAVA_BYTE);
    }
  }

  /** A pair of keys in the HSM, by their handles. */
  public record Pair(long publicKey, long privateKey) {}

  /** Has the HSM make a pair. */
  public Pair generateKeyPair(
      long session, long mechanism, CryptokiTemplate publicHalf, CryptokiTemplate privateHalf)
      throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment publicKey = arena.allocate(JAVA_LONG);
      MemorySegment privateKey = arena.allocate(JAVA_LONG);
      must(
          CryptokiCall.GENERATE_KEY_PAIR,
          session,
          mechanism(arena, mechanism),
          publicHalf.in(arena),
          (long) publicHalf.size(),
          privateHalf.in(arena),
          (long) privateHalf.size(),
          publicKey,
          privateKey);
      return new Pair(publicKey.get(JAVA_LONG, 0), privateKey.get(JAVA_LONG, 0));
    }
  }

  /** Has the HSM make a secret key. */
  public long generateKey(long session, long mechanism, CryptokiTemplate template)
      throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_LONG);
      must(
          CryptokiCall.GENERATE_KEY,
          session,
          mechanism(arena, mechanism),
          template.in(arena),
          (long) template.size(),
          key);
      return key.get(JAVA_LONG, 0);
    }
  }

  /**
   * Encrypts with AES-GCM and a tag of 128 bits, which stands behind the ciphertext.
   *
   * @param bound what is authenticated with it
   */
  public byte[] encrypt(
      long session, long mechanism, long key, byte[] nonce, byte[] bound, byte[] plaintext)
      throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      must(CryptokiCall.ENCRYPT_INIT, session, gcm(arena, mechanism, nonce, bound), key);
      return transform(
          arena, CryptokiCall.ENCRYPT, session, plaintext, plaintext.length + GCM_TAG_BITS / 8);
    }
  }

  /** The other way; what was changed, or is bound to something else, answers with an exception. */
  public byte[] decrypt(
      long session, long mechanism, long key, byte[] nonce, byte[] bound, byte[] ciphertext)
      throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      must(CryptokiCall.DECRYPT_INIT, session, gcm(arena, mechanism, nonce, bound), key);
      return transform(arena, CryptokiCall.DECRYPT, session, ciphertext, ciphertext.length);
    }
  }

  /** The copies outside the heap are zeroed; of the one in it the caller takes care. */
  private byte[] transform(Arena arena, CryptokiCall call, long session, byte[] input, int room)
      throws CryptokiException {
    MemorySegment from = arena.allocateFrom(JAVA_BYTE, input);
    MemorySegment to = arena.allocate(room);
    MemorySegment length = arena.allocate(JAVA_LONG);
    length.set(JAVA_LONG, 0, room);
    try {
      must(call, session, from, (long) input.length, to, length);
      return to.asSlice(0, bounded(call, length, room)).toArray(JAVA_BYTE);
    } finally {
      from.fill((byte) 0);
      to.fill((byte) 0);
    }
  }

  /** CK_MECHANISM with CK_GCM_PARAMS. */
  private static MemorySegment gcm(Arena arena, long mechanism, byte[] nonce, byte[] bound) {
    MemorySegment parameters = arena.allocate(GCM_PARAMETERS_BYTES, 8);
    parameters.set(ADDRESS, 0, arena.allocateFrom(JAVA_BYTE, nonce));
    parameters.set(JAVA_LONG, 8, nonce.length);
    parameters.set(JAVA_LONG, 16, 8L * nonce.length);
    parameters.set(ADDRESS, 24, arena.allocateFrom(JAVA_BYTE, bound));
    parameters.set(JAVA_LONG, 32, bound.length);
    parameters.set(JAVA_LONG, 40, GCM_TAG_BITS);
    MemorySegment segment = mechanism(arena, mechanism);
    segment.set(ADDRESS, 8, parameters);
    segment.set(JAVA_LONG, 16, GCM_PARAMETERS_BYTES);
    return segment;
  }

  /** CK_MECHANISM without parameters. */
  static MemorySegment mechanism(Arena arena, long mechanism) {
    MemorySegment segment = arena.allocate(24, 8);
    segment.set(JAVA_LONG, 0, mechanism);
    return segment;
  }

  /** Destroys an object of the HSM or of the session. */
  public void destroy(long session, long object) throws CryptokiException {
    must(CryptokiCall.DESTROY_OBJECT, session, object);
  }

  /**
   * Signs. The segments are the caller's, so that signing allocates nothing here.
   *
   * @param length takes what was written
   * @return how many bytes were written
   */
  long sign(
      long session,
      MemorySegment mechanism,
      long key,
      MemorySegment input,
      long inputBytes,
      MemorySegment signature,
      MemorySegment length)
      throws CryptokiException {
    long begun;
    long done = OK;
    length.set(JAVA_LONG, 0, signature.byteSize());
    try {
      begun = (long) signInit.invokeExact(session, mechanism, key);
      if (begun == OK) {
        done = (long) sign.invokeExact(session, input, inputBytes, signature, length);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("the token's library can be called", e);
    }
    check("C_SignInit", begun);
    check("C_Sign", done);
    return bounded("C_Sign", length.get(JAVA_LONG, 0), signature.byteSize());
  }
}
