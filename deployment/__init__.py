"""What goes to AWS, made from this repository. Nothing in here is deployed.

package.py        `make package`: the template and the zip of a stage
archive.py        the zip: pruned, compiled, the same bytes for the same files
gateway.py        API Gateway's own answers, in the words of the service
bootstrap.json    what an AWS account needs once: a bucket, and a role for the pipeline
"""
