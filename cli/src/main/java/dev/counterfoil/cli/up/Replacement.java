package dev.counterfoil.cli.up;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * Another program in this process's place, as a shell's {@code exec}: who waits for this process
 * waits for that one, and signals reach it.
 */
// Restricted: execv(3) is what this class is for.
@SuppressWarnings("restricted")
final class Replacement {
  private static final StructLayout STATE = Linker.Option.captureStateLayout();

  private Replacement() {}

  /**
   * Becomes another program.
   *
   * @param command a path and its arguments
   * @return only where it failed: the error's number
   */
  static int become(List<String> command) {
    MethodHandle execv =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("execv"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                Linker.Option.captureCallState("errno"));
    System.out.flush();
    System.err.flush();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocate(ValueLayout.ADDRESS, command.size() + 1L);
      for (int i = 0; i < command.size(); i++) {
        words.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(command.get(i)));
      }
      MemorySegment state = arena.allocate(STATE);
      int answer = (int) execv.invokeExact(state, arena.allocateFrom(command.getFirst()), words);
      if (answer != -1) {
        throw new IllegalStateException("execv(3) returns nothing but -1");
      }
      return (int) STATE.varHandle(MemoryLayout.PathElement.groupElement("errno")).get(state, 0L);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("execv(3) can be called", e);
    }
  }
}
