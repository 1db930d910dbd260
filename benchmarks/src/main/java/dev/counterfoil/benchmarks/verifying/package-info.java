/**
 * What verifying a token costs a service, beside other libraries and the signature alone.
 *
 * <p>JMH starts these benchmarks in processes of their own; its parameter {@code run} is the folder
 * with what they verify.
 *
 * <p><b>Trust.</b> Its tokens are of throwaway installations.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.verifying;
