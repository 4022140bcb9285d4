# A REST API with IAM authorization behind CloudFront, whose requests are signed at the edge.
# The backend's package, for arm64; the signer needs authkit alone, without its dependencies, in edge.zip:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)
#   pip install authkit-lambda --no-deps --target edge && cp app.py edge && (cd edge && zip -qr ../edge.zip .)

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "issuer" {
  description = "The provider's exact issuer, as its tokens spell it"
  type        = string
  default     = "https://idp.example.com/"
  validation {
    condition     = can(regex("^(?:https://.+)$", var.issuer))
    error_message = "The issuer is an https URL."
  }
}

variable "audience" {
  description = "What the tokens for this API name as their audience"
  type        = string
  default     = "https://api.example.com"
}

variable "allowed_origin" {
  description = "The one origin that browsers may call from"
  type        = string
  default     = "https://app.example.com"
  validation {
    condition     = can(regex("^(?:https://[^*]+)$", var.allowed_origin))
    error_message = "One origin, https, and no pattern of several."
  }
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

variable "web_acl" {
  description = "ARN of a web ACL for CloudFront, in us-east-1; none if empty"
  type        = string
  default     = ""
}

variable "domain_name" {
  description = "The distribution's own domain name; the one that CloudFront gives it if empty"
  type        = string
  default     = ""
}

variable "certificate" {
  description = "ARN of the certificate for domain_name, in us-east-1; needed with it"
  type        = string
  default     = ""
}

variable "countries" {
  description = "The countries that may call, by their two letters; all if empty"
  type        = list(string)
  default     = []
}

variable "edge_package" {
  description = "The signer's zip file"
  type        = string
  default     = "edge.zip"
}

provider "aws" {
  alias  = "edge"
  region = "us-east-1" # where functions of Lambda@Edge are made
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  name = "orders"
  functions = {
    backend = {
      handler     = "backend.handler"
      environment = { ISSUER = var.issuer, AUDIENCE = var.audience, ALLOWED_ORIGIN = var.allowed_origin }
    }
  }
  resources = {
    "/orders"      = aws_api_gateway_resource.orders.id
    "/orders/{id}" = aws_api_gateway_resource.order.id
  }
  methods = toset(["GET /orders", "POST /orders", "GET /orders/{id}"])
  cors    = { "Access-Control-Allow-Origin" = "'${var.allowed_origin}'" }
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They need the provider's public address and nothing in a VPC.
  # checkov:skip=CKV_AWS_173:Their environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = toset(["backend", "access"])
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = local.functions
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:X-Ray knows no resources.
  for_each = aws_iam_role.each
  name     = "logs-and-traces"
  role     = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

# --- the signer -------------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "signer" {
  # checkov:skip=CKV_AWS_50:Lambda@Edge has no tracing.
  # checkov:skip=CKV_AWS_115:Lambda@Edge has no reserved concurrency.
  # checkov:skip=CKV_AWS_116:It is called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:Lambda@Edge runs in no VPC.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  provider         = aws.edge
  function_name    = "${local.name}-signer"
  role             = aws_iam_role.signer.arn
  runtime          = "python3.13"
  architectures    = ["x86_64"] # and no environment: Lambda@Edge has neither arm64 nor variables
  handler          = "app.handler"
  filename         = var.edge_package
  source_code_hash = fileexists(var.edge_package) ? filebase64sha256(var.edge_package) : null
  memory_size      = 256
  timeout          = 5
  publish          = true
}

resource "aws_iam_role" "signer" {
  name = "${local.name}-signer"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] }
    }]
  })
}

resource "aws_iam_role_policy" "signer" {
  name = "call-the-api"
  role = aws_iam_role.signer.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "execute-api:Invoke", Resource = "${aws_api_gateway_stage.live.execution_arn}/*" },
      {
        Effect   = "Allow" # in the Region of each edge
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${data.aws_partition.current.partition}:logs:*:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/us-east-1.*"
      },
    ]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_rest_api" "api" {
  name = local.name
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*"
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "orders"
}

resource "aws_api_gateway_resource" "order" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.orders.id
  path_part   = "{id}"
}

resource "aws_api_gateway_method" "each" {
  for_each      = local.methods
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = local.resources[split(" ", each.key)[1]]
  http_method   = split(" ", each.key)[0]
  authorization = "AWS_IAM"

  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = each.key == "POST /orders" ? { "application/json" = aws_api_gateway_model.order.name } : null
}

resource "aws_api_gateway_request_validator" "all" {
  name                        = "all"
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "order" {
  name         = "Order"
  rest_api_id  = aws_api_gateway_rest_api.api.id
  content_type = "application/json"
  schema = jsonencode({
    type                 = "object"
    required             = ["item"]
    additionalProperties = false
    properties           = { item = { type = "string", maxLength = 100 } }
  })
}

resource "aws_api_gateway_integration" "each" {
  for_each                = local.methods
  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = local.resources[split(" ", each.key)[1]]
  http_method             = aws_api_gateway_method.each[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.each["backend"].invoke_arn
}

# --- what browsers and callers are told -------------------------------------------------------------------------------

resource "aws_api_gateway_method" "preflight" {
  # checkov:skip=CKV_AWS_59:A preflight carries no credential, and must be answered without one.
  # checkov:skip=CKV2_AWS_53:There is nothing in it to validate.
  for_each      = local.resources
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = each.value
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "preflight" {
  for_each          = local.resources
  rest_api_id       = aws_api_gateway_rest_api.api.id
  resource_id       = each.value
  http_method       = aws_api_gateway_method.preflight[each.key].http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 204 }) }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_method.preflight[each.key].http_method
  status_code = "204"
  response_parameters = {
    for name in ["Allow-Origin", "Allow-Headers", "Allow-Methods", "Max-Age"] :
    "method.response.header.Access-Control-${name}" => true
  }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_integration.preflight[each.key].http_method
  status_code = aws_api_gateway_method_response.preflight[each.key].status_code
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'${var.allowed_origin}'"
    "method.response.header.Access-Control-Allow-Headers" = "'authorization,content-type'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
  }
}

resource "aws_api_gateway_gateway_response" "each" {
  for_each = {
    DEFAULT_4XX = local.cors
    DEFAULT_5XX = local.cors
  }
  rest_api_id         = aws_api_gateway_rest_api.api.id
  response_type       = each.key
  response_parameters = { for name, value in each.value : "gatewayresponse.header.${name}" => value }
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { content = filesha1("${path.module}/main.tf"), told = jsonencode([var.allowed_origin]) }
  depends_on = [
    aws_api_gateway_integration.each,
    aws_api_gateway_integration_response.preflight,
    aws_api_gateway_gateway_response.each,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:Responses differ by caller, and each request is signed for itself.
  # checkov:skip=CKV2_AWS_29:The web ACL is the distribution's, and nobody else is let in.
  # checkov:skip=CKV2_AWS_51:Who calls is told by signatures; mutual_tls is the blueprint with certificates.
  # checkov:skip=CKV2_AWS_77:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV2_AWS_4:The level is set for all methods, below.
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.api.id
  stage_name           = "live"
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      caller            = "$context.identity.userArn"
      method            = "$context.httpMethod"
      path              = "$context.path"
      status            = "$context.status"
      authorizerStatus  = "$context.authorize.status"
      authorizerLatency = "$context.authorize.latency"
      authorizerError   = "$context.authorize.error"
      error             = "$context.error.responseType"
      userAgent         = "$context.identity.userAgent"
    })
  }
}

resource "aws_api_gateway_method_settings" "limits" {
  # checkov:skip=CKV_AWS_225:Responses differ by caller; nothing of them is kept at the stage.
  # checkov:skip=CKV_AWS_308:Nothing is kept, so nothing is to be encrypted.
  # A path has ~1 for every slash, the first one too: the gateway takes "orders/POST" and limits nothing by it.
  for_each    = { "*/*" = 100, "~1orders/POST" = 20 }
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = each.key
  settings {
    throttling_rate_limit  = each.value
    throttling_burst_limit = 2 * each.value
    metrics_enabled        = true
    logging_level          = "ERROR"
  }
}

# --- the distribution -------------------------------------------------------------------------------------------------

resource "aws_cloudfront_distribution" "api" {
  # checkov:skip=CKV_AWS_68:A web ACL is associated where web_acl names one.
  # checkov:skip=CKV2_AWS_47:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV_AWS_86:The API's access log has every call. What is refused at the edge is in the web ACL's log.
  # checkov:skip=CKV_AWS_174:TLS 1.2 where there is a domain_name; for its own names CloudFront lets nobody choose.
  # checkov:skip=CKV2_AWS_42:A certificate of one's own where there is a domain_name.
  # checkov:skip=CKV_AWS_305:An API has no document at its root.
  # checkov:skip=CKV_AWS_310:There is one origin, and a Region has many zones.
  # checkov:skip=CKV_AWS_374:Where callers may be is yours to say, in countries.
  # checkov:skip=CKV2_AWS_32:The managed policy of security headers is attached by its id.
  enabled         = true
  http_version    = "http2and3"
  is_ipv6_enabled = true
  aliases         = var.domain_name == "" ? [] : [var.domain_name]
  web_acl_id      = var.web_acl == "" ? null : var.web_acl

  # An origin access control signs for S3, Lambda and media origins, not for API Gateway: so a function does.
  origin {
    origin_id   = "api"
    domain_name = split("/", aws_api_gateway_stage.live.invoke_url)[2]
    origin_path = "/${aws_api_gateway_stage.live.stage_name}"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "api"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    lambda_function_association {
      event_type   = "origin-request"
      lambda_arn   = aws_lambda_function.signer.qualified_arn
      include_body = true
    }
    cache_policy_id            = aws_cloudfront_cache_policy.authorization.id
    origin_request_policy_id   = "b689b0a8-53d0-40ab-baf2-68738e2966ac" # Managed-AllViewerExceptHostHeader
    response_headers_policy_id = "67f7725c-6f97-4210-82d7-5512b31e9d03" # Managed-SecurityHeadersPolicy
  }

  restrictions {
    geo_restriction {
      restriction_type = length(var.countries) == 0 ? "none" : "whitelist"
      locations        = var.countries
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain_name == "" ? true : null
    acm_certificate_arn            = var.domain_name == "" ? null : var.certificate
    ssl_support_method             = var.domain_name == "" ? null : "sni-only"
    minimum_protocol_version       = var.domain_name == "" ? "TLSv1" : "TLSv1.2_2021"
  }

  lifecycle {
    precondition {
      condition     = (var.domain_name == "") == (var.certificate == "")
      error_message = "A domain_name needs its certificate."
    }
  }
}

resource "aws_cloudfront_cache_policy" "authorization" {
  name        = "${local.name}-authorization"
  comment     = "Forwards Authorization, which is part of the cache key; keeps only what the backend says it may"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 1 # with 0 CloudFront would take no header into the key, and forward no Authorization
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = true
    enable_accept_encoding_brotli = true
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["Authorization"]
      }
    }
    cookies_config {
      cookie_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

output "url" {
  description = "Of the origin, which refuses whoever does not sign as the edge does"
  value       = aws_api_gateway_stage.live.invoke_url
}

output "public_url" {
  value = "https://${var.domain_name == "" ? aws_cloudfront_distribution.api.domain_name : var.domain_name}"
}
