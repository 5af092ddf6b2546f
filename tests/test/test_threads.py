import sys
import unittest

import flowgraph as tf


class Threads(tf.test.TestCase):
    def testGood(self):
        seen = []
        thread = self.checkedThread(seen.append, args=(3,))
        thread.start()
        thread.join()
        self.assertEqual([3], seen)

    def testBad(self):
        thread = self.checkedThread(lambda: 1 / 0)
        thread.start()
        thread.join()

    def testForgotten(self):
        self.checkedThread(lambda: None).start()

    def testCapture(self):
        with self.captureWritesToStream(sys.__stderr__) as captured:
            sys.__stderr__.write("written")
            sys.__stderr__.flush()
        self.assertEqual("written", captured.contents())

    def testAssertionsOfAbsl(self):
        self.assertContainsSubset([1], [1, 2])
        self.assertBetween(2, 1, 3)
        self.assertSequenceAlmostEqual([0.1], [0.1000001], delta=1e-3)


Threads.__test__ = False  # it is run below, and is to fail


def test_what_happens_in_threads_and_streams_comes_to_the_test():
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Threads).run(result)
    failed = {test.id().rpartition(".")[2]: text for test, text in result.failures + result.errors}
    assert set(failed) == {"testBad", "testForgotten"}
    assert "Error in checkedThread: division by zero" in failed["testBad"]
    assert "was not joined" in failed["testForgotten"]
