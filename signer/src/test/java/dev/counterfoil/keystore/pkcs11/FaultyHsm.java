package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;

/** SoftHSM2 with some of its calls counted, changed, or answered in its place. */
// Restricted: calls of the HSM's library go through here.
@SuppressWarnings("restricted")
public final class FaultyHsm {
  /** In the place of a call. It must not throw: there is C above it. */
  @FunctionalInterface
  public interface Fault {
    long call(Object[] arguments, Real real);
  }

  /** The library's own function. */
  @FunctionalInterface
  public interface Real {
    long call(Object... arguments);
  }

  private static final Linker LINKER = Linker.nativeLinker();

  private final Map<CryptokiCall, Fault> faults = new EnumMap<>(CryptokiCall.class);

  /** What a call was pointed to. */
  public static MemorySegment at(Object pointer, long bytes) {
    return ((MemorySegment) pointer).reinterpret(bytes);
  }

  /** Before {@link #library}. */
  public FaultyHsm with(CryptokiCall call, Fault fault) {
    faults.put(call, fault);
    return this;
  }

  public Cryptoki library() throws Throwable {
    MethodHandle getFunctionList =
        LINKER.downcallHandle(
            SymbolLookup.libraryLookup(TestHsm.LIBRARY, Arena.global())
                .findOrThrow("C_GetFunctionList"),
            FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    MemorySegment pointer = Arena.global().allocate(ADDRESS);
    long _ = (long) getFunctionList.invokeExact(pointer);
    MemorySegment list = Arena.global().allocate(Cryptoki.LIST_BYTES, 8);
    list.copyFrom(pointer.get(ADDRESS, 0).reinterpret(Cryptoki.LIST_BYTES));
    for (Map.Entry<CryptokiCall, Fault> entry : faults.entrySet()) {
      CryptokiCall call = entry.getKey();
      long at = 8 + 8L * call.place;
      MethodHandle real = LINKER.downcallHandle(list.get(ADDRESS, at), call.shape);
      Real own =
          arguments -> {
            try {
              return (long) real.invokeWithArguments(arguments);
            } catch (Throwable e) {
              throw new AssertionError(e);
            }
          };
      MethodType type = call.shape.toMethodType();
      MethodHandle fault =
          MethodHandles.lookup()
              .findVirtual(
                  Fault.class,
                  "call",
                  MethodType.methodType(long.class, Object[].class, Real.class))
              .bindTo(entry.getValue());
      list.set(
          ADDRESS,
          at,
          LINKER.upcallStub(
              MethodHandles.insertArguments(fault, 1, own)
                  .asCollector(Object[].class, type.parameterCount())
                  .asType(type),
              call.shape,
              Arena.global()));
    }
    return new Cryptoki(list);
  }
}
