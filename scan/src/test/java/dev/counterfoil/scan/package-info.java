@org.jspecify.annotations.NullMarked
package dev.counterfoil.scan;
